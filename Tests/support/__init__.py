"""What the tests that run whole programs share: the programs' paths, one way to start each, configurations, books.

    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))  # the folder Tests
    from support.engine import Engine
"""
import os
import pathlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
VIGIL = os.environ.get("VIGIL", str(ROOT / ".build/release/vigil"))
COINBASE_SIM = os.environ.get("COINBASE_SIM", str(ROOT / ".build/debug/coinbase-sim"))
SHIPPED = ROOT / "config"
