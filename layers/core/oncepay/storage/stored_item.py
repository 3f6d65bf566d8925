"""How does an item become a request, and back, without work done twice?

The kinds of item are PynamoDB models: their attributes say names, types and what is written for a
value. PynamoDB's own way from a model to a request sets each attribute through its descriptor, asks
for its default, reads it back, looks for maps and discriminators, and takes the key out of the item
to put it in again: half of a payment's processor time. Here is the same for the models of this
project, which have no defaults, no maps of models, and attributes of the same name in Python and in
DynamoDB; a test sees to that.
"""

from typing import Any, Self

from pynamodb.constants import (
    CONDITION_EXPRESSION,
    EXPRESSION_ATTRIBUTE_NAMES,
    EXPRESSION_ATTRIBUTE_VALUES,
    ITEM,
    KEY,
    NULL,
    NUMBER,
    RETURN_VALUES_ON_CONDITION_FAILURE,
    TABLE_NAME,
    UPDATE_EXPRESSION,
)
from pynamodb.exceptions import AttributeNullError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action, Update
from pynamodb.models import Model


class StoredItem(Model):
    """A model of this project. Made with the values of its attributes by name; None is absent.

    Raises:
        ValueError: there is no such attribute.
    """

    class Meta:
        """Bound by `tables.open_table`."""

        table_name = ""

    def __init__(self, **values: Any) -> None:
        attributes = self.get_attributes()
        if not values.keys() <= attributes.keys():
            unknown = ", ".join(sorted(values.keys() - attributes.keys()))
            raise ValueError(f"{type(self).__name__} has no attribute {unknown}")
        self.attribute_values = {name: v for name, v in values.items() if v is not None}

    @classmethod
    def from_raw_data(cls, data: dict[str, Any]) -> Self:
        """From an item as DynamoDB returns it; what another version of the code knows besides is
        passed over.
        """
        found = cls.__new__(cls)
        found.attribute_values = cls.values_of(data)
        return found

    @classmethod
    def values_of(cls, data: dict[str, Any]) -> dict[str, Any]:
        """The same by the names of the attributes, without those that are absent."""
        attributes = cls.get_attributes()
        return {
            name: attributes[name].deserialize(attributes[name].get_value(typed))
            for name, typed in data.items()
            if name in attributes and NULL not in typed
        }

    def serialize(self, null_check: bool = True) -> dict[str, dict[str, Any]]:
        """As DynamoDB takes it.

        Raises:
            AttributeNullError: an attribute that has to be there is not.
        """
        raw: dict[str, dict[str, Any]] = {}
        values = self.attribute_values
        for name, attribute in self.get_attributes().items():
            value = values.get(name)
            if value is not None:
                raw[name] = {attribute.attr_type: attribute.serialize(value)}
            elif null_check and not attribute.null:
                raise AttributeNullError(name)
        return raw

    def get_save_kwargs_from_instance(
        self,
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
    ) -> dict[str, Any]:
        """A put, as DynamoDB takes it; with a version, only if it is as it was read."""
        kwargs = self.put_of_request()
        is_new = "version" not in self.attribute_values
        if condition is None and is_new and self._version_attribute_name == "version":
            # What comes of it below, each time.
            kwargs[ITEM]["version"] = {NUMBER: "1"}
            kwargs[CONDITION_EXPRESSION] = "attribute_not_exists (#0)"
            kwargs[EXPRESSION_ATTRIBUTE_NAMES] = {"#0": "version"}
            both = None
        else:
            both = _both(condition, self._handle_version_attribute(attributes=kwargs[ITEM]))
        return _complete(kwargs, None, both, return_values_on_condition_failure)

    def get_update_kwargs_from_instance(
        self,
        actions: list[Action],
        condition: Condition | None = None,
        return_values_on_condition_failure: str | None = None,
        *,
        add_version_condition: bool = True,
    ) -> dict[str, Any]:
        """An update, as DynamoDB takes it; with a version, only if it is as it was read."""
        changes = list(actions)
        version = self._handle_version_attribute(actions=changes)
        condition = _both(condition, version if add_version_condition else None)
        return _complete(
            self.key_of_request(), changes, condition, return_values_on_condition_failure
        )

    def put_of_request(self) -> dict[str, Any]:
        """The whole item, and its table, as a request names them."""
        return {TABLE_NAME: self.Meta.table_name, ITEM: self.serialize()}

    def key_of_request(self) -> dict[str, Any]:
        """Which item of which table, as a request names it."""
        attributes = self.get_attributes()
        key = {
            name: {attributes[name].attr_type: attributes[name].serialize(getattr(self, name))}
            for name in (self._hash_keyname, self._range_keyname)
            if name is not None
        }
        return {TABLE_NAME: self.Meta.table_name, KEY: key}


def _both(condition: Condition | None, version: Condition | None) -> Condition | None:
    if condition is None or version is None:
        return version if condition is None else condition
    both: Condition = condition & version
    return both


def _complete(
    kwargs: dict[str, Any],
    changes: list[Action] | None,
    condition: Condition | None,
    return_values_on_condition_failure: str | None,
) -> dict[str, Any]:
    names: dict[str, str] = {}
    values: dict[str, Any] = {}
    if condition is not None:
        kwargs[CONDITION_EXPRESSION] = condition.serialize(names, values)
    if changes is not None:
        kwargs[UPDATE_EXPRESSION] = Update(*changes).serialize(names, values)
    if names:
        kwargs[EXPRESSION_ATTRIBUTE_NAMES] = {short: name for name, short in names.items()}
    if values:
        kwargs[EXPRESSION_ATTRIBUTE_VALUES] = values
    if return_values_on_condition_failure is not None:
        kwargs[RETURN_VALUES_ON_CONDITION_FAILURE] = return_values_on_condition_failure
    return kwargs
