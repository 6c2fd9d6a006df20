"""Serve the page over the stand-in, to look at it: `python -m tests.app.serve_fake PORT`."""

import sys

from app.demo import build_demo, launch_settings
from app.precompute import precompute
from tests.app.fake_studio import FakeStudio

if __name__ == "__main__":
    studio = FakeStudio()
    build_demo(studio, precompute(studio, sprite=True)).launch(**{**launch_settings(), "server_port": int(sys.argv[1])})
