"""A socket where clients of the adapter knock: one is served at a time, the others are told so and sent away."""

from __future__ import annotations

import socket
from contextlib import suppress

from emulator.dap.adapter import Adapter, Transcript
from emulator.dap.framing import encode
from emulator.errors import ConfigError

BUSY = "v7m dap: another client is being served here, one at a time; start another v7m dap on another port\n"


class Listener:
    """Listens at ``host`` and ``port``; port 0 is any free one, which ``address`` then says. Raises ConfigError."""

    def __init__(self, host: str, port: int) -> None:
        try:
            family = socket.AF_INET6 if ":" in host else socket.AF_INET
            self._socket = socket.create_server((host, port), family=family, backlog=4)
        except OSError as error:
            raise ConfigError(f"--listen {host}:{port}: {error.strerror}. Choose another port.") from None
        name = self._socket.getsockname()
        self.address = f"{name[0]}:{name[1]}"

    def serve(self, server: list[str], transcript: Transcript | None = None) -> None:
        """Serve the next client until it is gone."""
        client, _ = self._socket.accept()
        with client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            adapter = Adapter(client.fileno(), client.sendall, server, transcript)
            adapter.serve((self._socket.fileno(), self._refuse))

    def _refuse(self) -> None:
        client, _ = self._socket.accept()
        with client, suppress(OSError):
            event = {"seq": 1, "type": "event", "event": "output", "body": {"category": "important", "output": BUSY}}
            client.sendall(encode(event))
            client.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Free the port."""
        self._socket.close()
