"""How does an item get from one state to another? Only the attributes that differ are written: what
another version of the code knows besides is left as it is.
"""

from pynamodb.expressions.update import Action
from pynamodb.models import Model


def changes_between(before: Model, after: Model) -> list[Action]:
    """The actions of an update; keys and version are left out. Made anew for each request."""
    changes: list[Action] = []
    for name, attribute in type(after).get_attributes().items():
        if attribute.is_hash_key or attribute.is_range_key or name == "version":
            continue
        old, new = getattr(before, name), getattr(after, name)
        if old == new:
            continue
        # PynamoDB takes anything but a list for an element of one.
        value = list(new) if isinstance(new, tuple) else new
        changes.append(attribute.remove() if value is None else attribute.set(value))
    return changes
