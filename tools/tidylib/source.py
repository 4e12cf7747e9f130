"""A source file as the rules see it, and what they report."""

import dataclasses
import pathlib
import re

CPP = {".h", ".cc"}
TEXT = CPP | {".py", ".sh", ".cmake", ".yaml", ".txt", ".json", ".md", ".in", ""}
# Data, and words that are not ours.
NOT_OURS = ("LICENSE", "fuzz/corpus/", "tests/data/")

LINE_COMMENT = r"//[^\n]*"
BLOCK_COMMENT = r"/\*.*?\*/"
RAW_STRING = r'R"(?P<mark>[^()\\\s]{0,16})\(.*?\)(?P=mark)"'
STRING = r'"(?:\\.|[^"\\\n])*"'
CHARACTER = r"'(?:\\.|[^'\\\n])+'"
DIGITS = r"\b\d[\w']*"  # a number first, so that its separators are no character literals
LEXEME = re.compile("|".join([LINE_COMMENT, BLOCK_COMMENT, RAW_STRING, STRING, DIGITS, CHARACTER]),
                    re.DOTALL)


@dataclasses.dataclass(frozen=True)
class Finding:
    """One complaint."""

    path: str
    line: int
    rule: str
    message: str
    warning: bool = False

    def __str__(self):
        grade = "warning: " if self.warning else ""
        return f"{self.path}:{self.line}: {self.rule}: {grade}{self.message}"


def _blank(match):
    """White space of the same shape; quotes stay, so that a string is still a token."""
    text = match.group()
    if text[0].isdigit():
        return text
    if text[0] in "\"'":
        return text[0] + " " * (len(text) - 2) + text[0]
    return re.sub(r"[^\n]", " ", text)


class Source:
    """A file: `lines` as written, `code` with comments and literals blanked, line for line."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self.lines = text.splitlines()
        self.suffix = pathlib.PurePosixPath(path).suffix
        self.is_cpp = self.suffix in CPP
        self.code = LEXEME.sub(_blank, text) if self.is_cpp else text
        self.code_lines = self.code.splitlines()

    @classmethod
    def load(cls, root, name):
        """Nothing for a file that is no text of ours."""
        path = pathlib.PurePosixPath(name)
        if path.suffix not in TEXT or name.startswith(NOT_OURS):
            return None
        try:
            return cls(name, (root / name).read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            return None

    def find(self, line, rule, message, warning=False):
        return Finding(self.path, line, rule, message, warning)
