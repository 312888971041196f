"""Model releases on the kiosk: taken in, tried, switched to, watched, and left again where they fail."""
