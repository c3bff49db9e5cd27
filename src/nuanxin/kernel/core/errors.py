"""Three families of error: the author's, the person's, ours."""

from dataclasses import dataclass


@dataclass(frozen=True)
class DeclarationFault:
    """One fault of a declaration file: where it is, what is wrong, what to do."""

    file: str
    line: int
    message: str

    def __str__(self) -> str:
        """Return `file:line: message`, as compilers do."""
        return f"{self.file}:{self.line}: {self.message}"


class DeclarationError(Exception):
    """A declaration cannot be used; carries every fault found, not only the first."""

    def __init__(self, faults: list[DeclarationFault]) -> None:
        """Keep the faults sorted by file and line."""
        self.faults = sorted(faults, key=lambda f: (f.file, f.line))
        super().__init__("\n".join(str(f) for f in self.faults))


class Refused(Exception):
    """A person asked for what cannot be done: code, Chinese sentence, what to do next, the field at fault if one is."""

    def __init__(self, code: str, message: str, todo: str = "", field: str = "") -> None:
        """`code` is stable for programs; `message` and `todo` are Chinese sentences for people."""
        self.code, self.message, self.todo, self.field = code, message, todo, field
        super().__init__(f"{message}{todo}")


class Fault(Exception):
    """Our own failure; its text goes to the log, never outside."""
