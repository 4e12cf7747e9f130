"""The declarations in a C++ file, found by following its braces: good enough for code that
clang-format has laid out, and needs no compiler."""

import dataclasses
import re

ACCESS = re.compile(r"^(public|protected|private)$")
ATTRIBUTES = re.compile(r"\[\[.*?\]\]|\bANYSTORE_EXPORT\b|\balignas\([^)]*\)", re.DOTALL)
# What needs no comment of its own: special members, what inherits one, what declares no name.
NAMELESS = re.compile(
    r"^(friend|static_assert|using namespace|extern template|template class|asm)\b"
    r"|\boperator\b|\boverride\b|\)\s*(const\s*)?final\b|=\s*(default|delete)\s*$"
    r"|^using\s+(?!\w+\s*=)|^(virtual\s+)?~"
    r"|^struct\s+std::")
FORWARD = re.compile(r"^(class|struct|union|enum|enum class)\s+\w+(\s*:\s*[\w:]+)?$")
INTERNAL = {"internal", "detail", ""}


@dataclasses.dataclass
class Declaration:
    """A name. Lines count from 1; `end` is where the declaration proper ends, `body_end` where its
    body does."""

    kind: str
    name: str
    line: int
    end: int
    body_end: int
    public: bool
    is_name: bool = True


@dataclasses.dataclass
class Scope:
    """An open brace."""

    kind: str
    name: str
    public: bool  # whether names declared in it now can be seen from outside
    declaration: Declaration | None = None


def without_template(text):
    """`text` after its leading `template <…>` and requires-less constraints."""
    text = text.strip()
    while text.startswith("template"):
        depth = 0
        for i, char in enumerate(text):
            if char == "<":
                depth += 1
            elif char == ">":
                depth -= 1
                if depth == 0:
                    text = text[i + 1:].strip()
                    break
        else:
            return text
    return text


def kind_of(statement):
    """What a `{` after `statement` opens, and the name of it."""
    text = without_template(ATTRIBUTES.sub(" ", statement))
    match = re.match(r"(?:inline\s+)?namespace\b\s*([\w:]*)", text)
    if match:
        return "namespace", match.group(1)
    if re.match(r'extern\s*"', text):
        return "namespace", "extern"
    match = re.match(r"enum\b(?:\s+(?:class|struct))?\s*(\w*)", text)
    if match:
        return "enum", match.group(1)
    match = re.match(r"(class|struct|union)\b\s*([\w:<>, ]*?)\s*(?:final\s*)?(?::[^:].*)?$", text,
                     re.DOTALL)
    if match:
        return match.group(1), match.group(2)
    if _opens_body(text):
        return "function", declared_name(text)
    return "other", ""


def _opens_body(text):
    """Whether `{` after `text` opens a function's body rather than an initialiser."""
    parameters = _after_parameters(text)
    if parameters is None or re.search(r"=\s*$|\breturn\b", text):
        return False
    if "=" in text[:text.find("(")] and "operator" not in text:
        return False  # a lambda is a value
    initialisers = re.search(r"(?<!:):(?!:)", parameters)
    if initialisers:
        # `: a_{1}, b_(2) {`: the body is what follows a finished initialiser.
        return text.endswith((")", "}"))
    return "=" not in parameters


def _after_parameters(text):
    """What follows the first balanced (…) of `text` that a name precedes."""
    start = text.find("(")
    if start <= 0:
        return None
    depth = 0
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return text[i + 1:]
    return None


def declared_name(statement):
    """The name that a finished statement declares."""
    text = without_template(ATTRIBUTES.sub(" ", statement))
    match = re.match(r"using\s+(\w+)", text)
    if match:
        return match.group(1)
    before = re.split(r"\(|=(?!=)|\{|\[", text, maxsplit=1)[0]
    names = re.findall(r"~?[\w:]+", before)
    return names[-1] if names else ""


def _is_copy_or_move(statement):
    """Copying and moving are explained once, in the class comment."""
    text = ATTRIBUTES.sub(" ", statement).strip()
    match = re.match(r"(?:constexpr\s+|explicit\s+)*(\w+)\(\s*(?:const\s+)?(\w+)\s*&&?[^,]*\)",
                     text)
    return bool(match) and match.group(1) == match.group(2)


class _Parser:
    """One pass over the blanked code."""

    def __init__(self, code):
        # Preprocessor lines, with their continuations, declare nothing here.
        self.code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*",
                           lambda match: re.sub(r"[^\n]", " ", match.group()), code,
                           flags=re.MULTILINE)
        self.found = []
        self.scopes = []
        self.statement = ""
        self.start = 0
        self.parentheses = 0
        self.line = 1

    def run(self):
        for char in self.code:
            if char == "\n":
                self.line += 1
            if char == "{":
                self._open()
            elif char == "}":
                self._close()
            elif char == ";" and self.parentheses == 0 and not self._in("function", "other"):
                self._finish()
            elif char == "," and self._in("enum") and self.parentheses == 0:
                self._finish("enumerator")
            elif char == ":" and ACCESS.match(self.statement.strip()) and self._in_class():
                self.scopes[-1].public = self._enclosing_public() and \
                    self.statement.strip() == "public"
                self._reset()
            else:
                self._append(char)
        return self.found

    def _append(self, char):
        self.parentheses += {"(": 1, ")": -1}.get(char, 0)
        if self.start == 0 and not char.isspace():
            self.start = self.line
        self.statement += char

    def _reset(self):
        self.statement, self.start, self.parentheses = "", 0, 0

    def _in(self, *kinds):
        return bool(self.scopes) and self.scopes[-1].kind in kinds

    def _in_class(self):
        return self._in("class", "struct", "union")

    def _enclosing_public(self):
        return self.scopes[-2].public if len(self.scopes) > 1 else True

    def _public(self):
        return self.scopes[-1].public if self.scopes else True

    def _record(self, kind, name):
        text = self.statement.strip()
        bare = without_template(ATTRIBUTES.sub(" ", text))
        is_name = not (NAMELESS.search(bare) or _is_copy_or_move(bare))
        declaration = Declaration(kind, name, self.start, self.line, self.line, self._public(),
                                  is_name and bool(name))
        self.found.append(declaration)
        return declaration

    def _open(self):
        kind, name = kind_of(self.statement) if self.parentheses == 0 else ("other", "")
        if self._in("function", "other"):
            kind = "other"
        public = self._public()
        declaration = None
        if kind == "namespace":
            public = public and name not in INTERNAL
        elif kind != "other":
            declaration = self._record(kind, name)
        if kind == "class":
            public = False
        if kind == "function":
            public = False
        self.scopes.append(Scope(kind, name, public, declaration))
        if kind == "other":
            # Part of a statement that goes on behind the brace; what is inside must not end it.
            self.scopes[-1].declaration = None
            self.scopes[-1].name = (self.statement, self.start, self.parentheses)
        self._reset()

    def _close(self):
        if not self.scopes:
            return
        if self._in("enum") and self.statement.strip():
            self._finish("enumerator")
        scope = self.scopes.pop()
        if scope.declaration is not None:
            scope.declaration.body_end = self.line
        self._reset()
        if scope.kind == "other":
            self.statement, self.start, self.parentheses = scope.name
            self.statement += "{}"
        elif scope.kind in ("class", "struct", "union", "enum"):
            # The `;`, or a variable of the type, still follows.
            self.statement = ""

    def _finish(self, kind=None):
        text = self.statement.strip()
        if text and not FORWARD.match(ATTRIBUTES.sub(" ", text)):
            name = declared_name(text)
            if kind is None:
                kind = "function" if "(" in text.split("=")[0] else "name"
            self._record(kind, name)
        self._reset()


def parse(source):
    """The declarations of `source`, in their order."""
    return _Parser(source.code).run()
