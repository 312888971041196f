"""Network cameras on this machine's loopback: MJPEG over HTTP, and RTSP with JPEG in RTP (RFC 2326, RFC 2435)."""

import base64
import contextlib
import socketserver
import struct
import threading
import time
from collections.abc import Iterator

import cv2

from tests.scenes import scene

_QUALITY = 80  # also the type of table by which a receiver makes the JPEG's header anew


class Behaviour:
    """What a server does; may be changed while it serves."""

    def __init__(self, login: str = "", frames: int = 10**9, stalls: bool = False):
        self.login, self.frames, self.stalls = login, frames, stalls
        self.asked: list[str] = []  # request lines

    def admits(self, head: str) -> bool:
        wanted = "Authorization: Basic " + base64.b64encode(self.login.encode()).decode()
        return not self.login or wanted in head

    def pictures(self) -> Iterator[bytes]:
        """JPEGs at 25 a second, so many; then nothing comes, or they end."""
        for _ in range(self.frames):
            yield cv2.imencode(".jpg", scene(), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])[1].tobytes()
            time.sleep(0.04)
        while self.stalls:
            time.sleep(0.1)


class _Handler(socketserver.StreamRequestHandler):
    behaviour: Behaviour

    def handle(self) -> None:
        with contextlib.suppress(OSError):
            self.serve()

    def serve(self) -> None:
        raise NotImplementedError

    def head(self) -> str:
        """A request's line and headers; empty at the end."""
        lines = []
        while line := self.rfile.readline().decode().strip():
            lines.append(line)
        if lines:
            self.behaviour.asked.append(lines[0])
        return "\r\n".join(lines)


class _Mjpeg(_Handler):
    def serve(self) -> None:
        head = self.head()
        if "/nothing" in head:
            self.wfile.write(b"HTTP/1.0 404 Not Found\r\n\r\n")
        elif not self.behaviour.admits(head):
            self.wfile.write(b'HTTP/1.0 401 Unauthorized\r\nWWW-Authenticate: Basic realm="camera"\r\n\r\n')
        else:
            self.wfile.write(b"HTTP/1.0 200 OK\r\nContent-Type: multipart/x-mixed-replace; boundary=part\r\n\r\n")
            for jpeg in self.behaviour.pictures():
                start = f"--part\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n"
                self.wfile.write(start.encode() + jpeg + b"\r\n")


class _Rtsp(_Handler):
    def serve(self) -> None:
        while head := self.head():
            number = next(line.split(":")[1] for line in head.splitlines() if line.lower().startswith("cseq"))
            method, address = head.split()[:2]
            if not self.behaviour.admits(head):
                self._answer(number, "401 Unauthorized", 'WWW-Authenticate: Basic realm="camera"')
            elif method == "DESCRIBE":
                sdp = "v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=x\r\nt=0 0\r\nm=video 0 RTP/AVP 26\r\na=control:track\r\n"
                self._answer(number, "200 OK", f"Content-Base: {address}/", "Content-Type: application/sdp", body=sdp)
            elif method == "SETUP":
                self._answer(number, "200 OK", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1", "Session: 1")
            else:
                self._answer(number, "200 OK", "Session: 1", "Public: DESCRIBE, SETUP, PLAY, TEARDOWN")
            if method == "PLAY":
                for index, jpeg in enumerate(self.behaviour.pictures()):
                    self._send(index, jpeg)
                return

    def _answer(self, number: str, status: str, *headers: str, body: str = "") -> None:
        lines = [f"RTSP/1.0 {status}", f"CSeq:{number}", *headers, f"Content-Length: {len(body)}"]
        self.wfile.write(("\r\n".join(lines) + "\r\n\r\n" + body).encode())

    def _send(self, index: int, jpeg: bytes) -> None:
        start = jpeg.index(b"\xff\xda")
        scan = jpeg[start + 2 + int.from_bytes(jpeg[start + 2 : start + 4], "big") : -2]
        height, width = scene().shape[:2]
        for offset in range(0, len(scan), 1200):
            piece = scan[offset : offset + 1200]
            last = offset + 1200 >= len(scan)
            self._packets = getattr(self, "_packets", 0) + 1
            rtp = struct.pack(">BBHII", 0x80, 26 | (0x80 if last else 0), self._packets % 65536, index * 3600, 1)
            main = struct.pack(">I", offset) + bytes([1, _QUALITY, width // 8, height // 8])
            packet = rtp + main + piece
            self.wfile.write(b"$\0" + struct.pack(">H", len(packet)) + packet)


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads, block_on_close, allow_reuse_address = True, False, True


@contextlib.contextmanager
def serving(kind: str, behaviour: Behaviour, port: int = 0) -> Iterator[str]:
    """A camera that serves `http` or `rtsp`; gives HOST:PORT."""
    base = {"http": _Mjpeg, "rtsp": _Rtsp}[kind]
    with _Server(("127.0.0.1", port), type("Handler", (base,), {"behaviour": behaviour})) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield f"127.0.0.1:{server.server_address[1]}"
        server.shutdown()
