"""What import-linter cannot say: models stay in their room, the kernel and the domains do not know the web."""

import pytest

from tests.architecture.house import Module, calls, dotted, imported, modules

PASSED_ON = {"nuanxin.kernel.core.models.Change", "nuanxin.kernel.access.models.Account"}
WEB = ("django.views", "django.shortcuts", "django.template", "django.http", "django.urls", "django.forms")


def foreign_models(module: Module) -> list[str]:
    """Return imports of another room's models; Change and Account are handed from room to room."""
    found = []
    for name, node in imported(module):
        parts = name.split(".")
        if parts[0] != "nuanxin" or "models" not in parts[1:]:
            continue
        room = ".".join(parts[1 : parts.index("models")])
        if not (module.room == room or module.room.startswith(f"{room}.")) and name not in PASSED_ON:
            found.append(f"{module.at(node)} imports {name}")
    return found


def test_models_are_imported_only_in_their_room():
    assert not [fault for module in modules() for fault in foreign_models(module)]


def test_no_room_takes_a_model_from_the_app_registry_by_name():
    assert not [
        module.at(call) for module in modules() for call in calls(module) if dotted(call.func).endswith("get_model")
    ]


@pytest.mark.parametrize("layer", ["kernel", "domains", "demo"])
def test_the_web_is_known_to_interfaces_only(layer):
    faults = [
        f"{module.at(node)} imports {name}"
        for module in modules()
        if module.room.split(".")[0] == layer
        for name, node in imported(module)
        if name.startswith(WEB)
    ]
    assert not faults
