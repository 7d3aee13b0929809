"""Judges views of Python by CPython's own parser and tokenizer.

Reads one tab-separated line for each view: its kind, the original's path, the view's path. A skeleton or curated view must
be the original with the bodies of functions outside functions elided, nothing else lost or altered, type comments included; in a
curated view those of marked functions stay. An outline must parse and have the same definitions. Of an original that is no Python
there must be a view, whatever it is. Prints what is wrong and last, in one line, how many views are right, how many are of no
Python, and how many are wrong.
"""
import ast
import io
import sys
import tokenize
import warnings

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
DECORATOR, COMMENT = "core_logic", "[HOT]"
NO_PYTHON = (SyntaxError, ValueError, RecursionError, MemoryError)


def is_docstring(statement):
    value = getattr(statement, "value", None)
    return isinstance(statement, ast.Expr) and isinstance(value, ast.Constant) and isinstance(value.value, str)


def column(line):
    """How far a line is indented, as the tokenizer counts."""
    at = 0
    for c in line:
        if c == "\t":
            at = at // 8 * 8 + 8
        elif c == "\f":
            at = 0
        elif c == " ":
            at += 1
        else:
            break
    return at


class Marks:
    """What is marked in a source: by comments, of which the tokenizer knows which are any, and by decorators."""

    def __init__(self, source):
        try:
            encoding, _ = tokenize.detect_encoding(io.BytesIO(source).readline)
        except SyntaxError:
            # Unlike the tokenizer, the parser does not look at the bytes of every comment.
            encoding = "utf-8"
        text = io.StringIO(source.decode(encoding, "replace"), newline=None).read()
        self.lines = text.split("\n")
        self.marked = set()
        if COMMENT in text:
            for token in tokenize.generate_tokens(io.StringIO(text).readline):
                if token.type == tokenize.COMMENT and COMMENT in token.string:
                    self.marked.add(token.start[0])

    def last_line(self, function):
        """The last line of a function: comments below it that are indented deeper than it belong to it."""
        last = function.end_lineno
        rest = [statement for statement in function.body if statement is not function.body[0] or not is_docstring(statement)]
        if not rest or self.lines[rest[0].lineno - 1].encode()[: rest[0].col_offset].strip():
            return last
        for number, line in enumerate(self.lines[last:], last + 1):
            if line.strip(" \t\f"):
                if not line.lstrip(" \t\f").startswith("#") or column(line) <= column(self.lines[function.lineno - 1]):
                    break
                last = number
        return last

    def are_on(self, function):
        for decorator in function.decorator_list:
            called = decorator.func if isinstance(decorator, ast.Call) else decorator
            if DECORATOR in (getattr(called, "id", None), getattr(called, "attr", None)):
                return True
        return any(number in self.marked for number in range(function.lineno, self.last_line(function) + 1))


class Elide(ast.NodeTransformer):
    def __init__(self, keeps):
        self.keeps = keeps

    def function(self, node):
        if not self.keeps(node):
            docstring = node.body[:1] if is_docstring(node.body[0]) else []
            if len(node.body) > len(docstring):
                node.body = docstring + [ast.Expr(ast.Constant(...))]
        return node

    visit_FunctionDef = visit_AsyncFunctionDef = function


def definitions(body, inside=()):
    """All outside functions, each with the names around it."""
    for statement in body:
        if isinstance(statement, (*FUNCTIONS, ast.ClassDef)):
            yield inside, statement
        if isinstance(statement, ast.ClassDef):
            yield from definitions(statement.body, (*inside, statement.name))
        elif not isinstance(statement, FUNCTIONS):
            for child in ast.iter_child_nodes(statement):
                if isinstance(child, ast.stmt):
                    yield from definitions([child], inside)
                elif isinstance(getattr(child, "body", None), list):
                    yield from definitions(child.body, inside)


def headers(tree):
    found = []
    for inside, node in definitions(tree.body):
        header = [type(node).__name__, inside, node.name, list(map(ast.dump, getattr(node, "type_params", [])))]
        if isinstance(node, ast.ClassDef):
            header += [list(map(ast.dump, node.bases)), list(map(ast.dump, node.keywords))]
        else:
            header += [ast.dump(node.args), node.returns and ast.dump(node.returns)]
        found.append(header)
    return found


def type_comments(source):
    try:
        tree = ast.parse(source, type_comments=True)
    except NO_PYTHON:
        return None
    return [(node.name, node.type_comment) for _, node in definitions(tree.body) if isinstance(node, FUNCTIONS)]


def judge(kind, source, view):
    """Whether a view is right; nothing where its original is no Python."""
    try:
        tree = ast.parse(source)
    except NO_PYTHON:
        return None if view or kind == "outline" or not source.strip() else False
    made = ast.parse(view)
    if kind == "outline":
        return headers(tree) == headers(made)
    keeps = Marks(source).are_on if kind == "curated" else lambda function: False
    comments = type_comments(source)
    if comments is not None and [c for c in comments if c[1]] != [c for c in type_comments(view) or [] if c[1]]:
        return False
    return ast.dump(Elide(keeps).visit(tree)) == ast.dump(made)


def main():
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(20_000)
    counts = {True: 0, None: 0, False: 0}
    for line in sys.stdin:
        kind, original, view = line.rstrip("\n").split("\t")
        with open(original, "rb") as file:
            source = file.read()
        with open(view, "rb") as file:
            made = file.read()
        why = ""
        try:
            right = judge(kind, source, made)
        except NO_PYTHON as error:
            right, why = False, repr(error)
        counts[right] += 1
        if right is False:
            print("wrong:", kind, original, view, why)
    print(*counts.values())


main()
