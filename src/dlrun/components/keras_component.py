"""A component that stands for a public class of Keras: same name, same arguments."""

from __future__ import annotations

from operator import attrgetter
from typing import Any, ClassVar

from typing_extensions import override

from dlrun.components.component import Component, snake_case
from dlrun.components.fields import OwnActivation


class KerasComponent(Component, abstract=True):
    """A component whose fields are the arguments of the Keras class of its name."""

    keras_module: ClassVar[str] = ""
    """Where the class lives, as in `optimizers.schedules`."""
    OWN_KEYS: ClassVar[frozenset[str]] = frozenset()
    """Fields that are dlrun's own and that Keras does not see."""

    def keras_arguments(self) -> dict[str, Any]:
        """The arguments for the Keras class; components are built."""
        names = [name for name in type(self).model_fields if name not in self.OWN_KEYS]
        values = {name: getattr(self, name) for name in names}
        return {
            name: value.build()
            if isinstance(value, KerasComponent | OwnActivation)
            else value
            for name, value in values.items()
        }

    def build(self) -> Any:
        """The Keras object."""
        import keras

        module = attrgetter(self.keras_module)(keras)
        return getattr(module, type(self).__name__)(**self.keras_arguments())


class NamedInSnakeCase(KerasComponent, abstract=True):
    """A component that Keras also knows in snake case: `glorot_uniform`."""

    @classmethod
    @override
    def derived_aliases(cls) -> tuple[str, ...]:
        """The text that Keras accepts for the class with its defaults."""
        return (snake_case(cls.__name__),)
