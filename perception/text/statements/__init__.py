"""What people say about their own feeling: "I'm not angry", 其实我挺难过的."""

from perception.text.statements.cues import statement_cues
from perception.text.statements.finding import find_statements
from perception.text.statements.values import Polarity, Statement

__all__ = ["Polarity", "Statement", "find_statements", "statement_cues"]
