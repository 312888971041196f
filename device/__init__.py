"""The part that runs on the Pi: camera, faces, int8 net, steady readings. Never imports a training framework."""
