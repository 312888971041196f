"""A network camera's address, and what its host answers there, since FFmpeg says only that it does not open.

Loads no OpenCV, because the doctor asks as well.
"""

import re
import socket
import ssl
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

from device.camera import names
from device.errors import UsageError
from device.settings import login

_SECONDS = 3.0  # that the host has to answer
_PORTS = {"rtsp": 554, "rtsps": 322, "http": 80, "https": 443}
_STATUS = re.compile(rb"(?:RTSP|HTTP)/\d\.\d (\d{3})")
_NO_NETWORK = "a service has none unless network-camera.conf opens it (docs/service.md)"


def address(name: str, login_file: str) -> str:
    """The address as FFmpeg takes it, with user and password where a file has them.

    Raises:
        UsageError: an address or a login that is none.
    """
    try:
        parts = urlsplit(name)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host = None
    if not host:
        raise UsageError(f"camera {names.public(name)} is no address; write rtsp://HOST/PATH or http://HOST/PATH")
    if not login_file:
        return name
    user, password = (quote(part, safe="") for part in login.read(Path(login_file)))
    return urlunsplit(parts._replace(netloc=f"{user}:{password}@{parts.netloc.rpartition('@')[2]}"))


def why_not(address: str, shown: str, has_login: bool) -> str:
    """One line with the cure; the address stands in it as `shown`, without its login."""
    status, fault = ask(address)
    if fault:
        return f"no camera {shown}: {fault}"
    if status in (401, 403):
        if has_login:
            return (
                f"camera {shown} refuses the login, or has nothing at this path: look at user and password in the file "
                "of camera_login, and into the camera's manual"
            )
        return f"camera {shown} asks for a login: write user:password into a file, and camera_login = that file"
    if status == 404:
        return f"camera {shown} has nothing at this path: look up its address in the camera's manual"
    return f"camera {shown} answers, but gives no video that can be read: is its path right (the camera's manual)?"


def ask(address: str) -> tuple[int, str]:
    """(status of the host's answer without a login, why there is none); 0 or empty."""
    parts = urlsplit(address)
    host, scheme = parts.hostname or "", parts.scheme.lower()
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    place = f"[{host}]" if ":" in host else host
    if scheme.startswith("rtsp"):
        port = f":{parts.port}" if parts.port else ""
        request = f"DESCRIBE {scheme}://{place}{port}{path} RTSP/1.0\r\nCSeq: 1\r\nAccept: application/sdp\r\n\r\n"
    else:
        request = f"GET {path or '/'} HTTP/1.0\r\nHost: {place}\r\n\r\n"
    try:
        with socket.create_connection((host, parts.port or _PORTS[scheme]), _SECONDS) as plain:
            secure = _unchecked() if scheme.endswith("s") else None
            with secure.wrap_socket(plain, server_hostname=host) if secure else plain as link:
                link.sendall(request.encode())
                found = _STATUS.match(link.recv(64))
                return (int(found[1]) if found else 0), ""
    except socket.gaierror:
        return 0, f"no host {host} is known: is its name right, and is there a network? {_NO_NETWORK}"
    except TimeoutError:
        return 0, f"{host} does not answer: is it on, and in this network?"
    except ConnectionRefusedError:
        return 0, f"{host} has nothing at port {parts.port or _PORTS[scheme]}: is it the camera, and its port?"
    except UnicodeError:
        return 0, f"{host} is no name of a host: is its address right?"
    except OSError as error:
        return 0, f"{host} cannot be reached ({error.strerror or error}): is there a network? {_NO_NETWORK}"


def _unchecked() -> ssl.SSLContext:
    """Cameras sign their certificates themselves; FFmpeg does not check them either."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context
