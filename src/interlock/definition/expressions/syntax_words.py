"""What is wrong with a text that is no expression, in words for people who do not know Python."""

import re
from typing import Final

USUAL_HINT: Final = 'An expression looks like this: amount > 100 and region == "EU".'
_SAID: Final = (
    (r"'(.)' was never closed", "the {0} is not closed", "Add the closing bracket."),
    (r"unmatched '(.)'", "there is no opening bracket for this {0}", "Remove it, or add the opening bracket."),
    (
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'.*",
        "the {0} does not close the {1}",
        "Close each bracket with its own kind.",
    ),
    (r"unterminated (?:triple-quoted )?string literal.*", "the quote is not closed", "Add the closing quote."),
    (r".*[Mm]aybe you meant '==' .*", "= does not compare", "Write == for equal."),
    (r"cannot assign to .*", "= does not compare", "Write == for equal."),
    (r".*Perhaps you forgot a comma.*", "something is missing between two values", "Put an operator or a comma between them."),
    (r"expected 'else' after 'if' expression", "the else is missing", 'Write: "large" if amount > 100 else "small".'),
    (r"unexpected EOF while parsing|unexpected EOF", "it ends too early", USUAL_HINT),
    (r"invalid character '(.)'.*", "the character {0} has no meaning here", "Write texts in straight quotes, and use plain signs."),
    (r"invalid non-printable character (\S+)", "there is an invisible character ({0})", "Delete it, and type the part again."),
    (r"leading zeros in decimal integer literals.*", "a number cannot begin with 0", "Leave out the zeros, or write text in quotes."),
    (r"too many nested parentheses", "it is nested too deeply", "Simplify it."),
    (r"invalid decimal literal", "a name cannot begin with a digit", 'For a key of that name, write input["1st"].'),
    (r"unexpected character after line continuation character", "a backslash has no meaning here", "Remove it."),
)
_PATTERNS: Final = tuple((re.compile(pattern), message, hint) for pattern, message, hint in _SAID)


def said_of_syntax(message: str) -> tuple[str, str]:
    """Returns what Python's message means, and what to do."""
    for pattern, words, hint in _PATTERNS:
        found = pattern.fullmatch(message)
        if found is not None:
            return words.format(*found.groups()), hint
    return "this is not expected here", USUAL_HINT
