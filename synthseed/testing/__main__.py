"""Serve until Ctrl-C: `python -m synthseed.testing --port 8899`."""

from __future__ import annotations

import argparse
import sys

from synthseed.testing import Asked, ModelServer
from synthseed.testing.replies import reply_to


def main(arguments: list[str] | None = None) -> int:
    """Serve, print the base URL, and one line per request that is answered."""
    parser = argparse.ArgumentParser(
        prog="python -m synthseed.testing", description="A model's API on this machine that answers plain plans."
    )
    parser.add_argument("--port", type=int, default=8899, help="port to listen on; 0: any that is free")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    given = parser.parse_args(arguments)
    server = ModelServer(_told, host=given.host, port=given.port)
    try:  # from before anybody can know that it is there: a Ctrl-C may follow at once
        try:
            server.start()
        except (OSError, OverflowError) as error:
            sys.stderr.write(f"{given.host}:{given.port}: cannot be listened on ({error}); choose another port: --port 0\n")
            return 1
        sys.stdout.write(f"{server.base_url}\n")
        sys.stdout.flush()
        while not server.wait(3600):
            pass
    except KeyboardInterrupt:
        return 130
    finally:
        server.close()
    return 0


def _told(question: Asked) -> str:
    reply = reply_to(question)
    sys.stderr.write(f"asked for {question.model}: {len(question.system) + len(question.user):,} characters in, {len(reply):,} out\n")
    return reply


if __name__ == "__main__":
    sys.exit(main())
