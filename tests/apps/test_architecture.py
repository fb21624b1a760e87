"""The plan of the house as checks: what import-linter can not see because it lies in models, SQL and templates."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest
from django.apps import apps as registry
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import DatabaseError, connection, models, transaction
from django.utils.module_loading import import_string

import mayorista

SOURCE = Path(mayorista.__file__).parent
ROOMS = (
    "overview",
    "onboarding",
    "indicators",
    "assurance",
    "receivables",
    "billing",
    "faults",
    "monitoring",
    "contracts",
    "messaging",
    "customers",
    "procedure",
)
APPEND_ONLY = (
    "procedure_journalentry",
    "procedure_journalseal",
    "procedure_documentcopy",
    "messaging_webhookevent",
    "messaging_deliveryevent",
    "messaging_incomingmail",
    "faults_dacissue",
    "faults_dacacknowledgement",
    "faults_dacreprint",
    "faults_regulatoranswer",
    "billing_amount",
    "billing_amountline",
    "billing_packet",
    "billing_packetacknowledgement",
    "billing_invoice",
    "billing_attachedpaper",
    "indicators_snapshot",
    "assurance_issue",
    "assurance_copy",
    "billing_note",
    "receivables_contactlog",
    "receivables_accountingnotice",
    "receivables_noticedreceipt",
)
# Above all others, these two read rows of every room: screens cross rooms, and a workbook is compared with what
# there is. They write nothing of another room but through its operations.
READERS = {"overview", "onboarding"}
# The carrier of full size for figures writes what the operations leave, in bulk; no person's act reaches it.
IN_BULK = {"apps/onboarding/operations/scale.py", "apps/onboarding/operations/scale_contracts.py"}
WRITES = {
    "create",
    "bulk_create",
    "get_or_create",
    "update_or_create",
    "update",
    "bulk_update",
    "delete",
    "save",
}
# Rows of another room that operations still read by class; the list may only grow shorter.
STILL_CROSSING = {
    f"apps/{place}: {row}"
    for place, rows in {
        "contracts/operations/agreements.py": ("Customer", "Dossier"),
        "contracts/operations/orders.py": ("Dossier", "Unit"),
        "contracts/operations/services.py": ("Customer", "Dossier"),
        "customers/operations/profiles.py": ("Dossier",),
    }.items()
    for row in rows
}
ENCODING = "utf-8"


def our_models() -> list[type[models.Model]]:
    return [model for model in registry.get_models() if model.__module__.startswith("mayorista.")]


def named(model: type[models.Model]) -> str:
    return model._meta.label


def python_files(*layers: str) -> list[Path]:
    return [
        path
        for layer in layers
        for path in sorted((SOURCE / layer).rglob("*.py"))
        if "migrations" not in path.parts
    ]


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding=ENCODING))


def imports_of(path: Path) -> set[str]:
    """Every module a file imports when it runs, wherever in it; what is only for types does not count."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree_of(path)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting.extend(node.orelse)
            continue
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.update(f"{node.module}.{alias.name}" for alias in node.names)
        waiting.extend(ast.iter_child_nodes(node))
    return found


def foreign_rows(path: Path) -> set[str]:
    """The row classes of other rooms that a file names."""
    own = f"mayorista.apps.{path.relative_to(SOURCE / 'apps').parts[0]}."
    return {
        name.rpartition(".")[2]
        for name in imports_of(path)
        if re.match(r"mayorista\.apps\.\w+\.models\.", name) and not name.startswith(own)
    }


def root_name(node: ast.AST) -> str:
    """The name a chain of calls and attributes begins with."""
    while isinstance(node, ast.Attribute | ast.Call):
        node = node.func if isinstance(node, ast.Call) else node.value
    return node.id if isinstance(node, ast.Name) else ""


def here(path: Path) -> str:
    return str(path.relative_to(SOURCE))


class TestModels:
    def test_the_rooms_are_all_there_and_hold_models(self):
        assert {model._meta.app_label for model in our_models()} <= set(ROOMS)
        assert len(our_models()) > 40

    def test_keys_point_down_or_stay_in_their_room(self):
        upward = [
            f"{named(model)}.{field.name} → {field.related_model._meta.label}"
            for model in our_models()
            for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
            if field.is_relation
            and ROOMS.index(field.related_model._meta.app_label) < ROOMS.index(model._meta.app_label)
        ]
        assert upward == []

    def test_no_key_can_be_walked_backwards(self):
        walkable = [
            f"{named(model)}.{field.name}"
            for model in our_models()
            for field in [*model._meta.local_fields, *model._meta.local_many_to_many]
            if field.is_relation and not field.remote_field.hidden
        ]
        assert walkable == []

    def test_no_key_is_generic(self):
        assert [named(model) for model in our_models() if model._meta.private_fields] == []

    def test_no_model_orders_its_rows_in_secret(self):
        assert [named(model) for model in our_models() if model._meta.ordering] == []

    def test_every_constraint_has_a_name_of_its_room(self):
        names = [
            (named(model), constraint.name, model._meta.app_label)
            for model in our_models()
            for constraint in model._meta.constraints
        ]
        assert len(names) > 30
        assert [label for label, name, _ in names if not name] == []
        assert len({name for _, name, _ in names}) == len(names)
        assert [named(model) for model in our_models() if model._meta.unique_together] == []

    def test_no_model_overrides_save_or_delete(self):
        kept = (models.Model, AbstractBaseUser)
        overridden = [
            f"{named(model)}.{method}"
            for model in our_models()
            for method in ("save", "delete", "bulk_create")
            if hasattr(model, method)
            and getattr(model, method) not in [getattr(base, method, None) for base in kept]
        ]
        assert overridden == []

    def test_there_are_no_signals(self):
        hearing = [
            here(path)
            for path in python_files("apps", "interfaces", "adapters", "rules", "config")
            if any(
                "signals" in name.split(".") or name == "django.dispatch.receiver"
                for name in imports_of(path)
            )
        ]
        assert hearing == []

    def test_no_model_has_a_float(self):
        floats = [
            f"{named(model)}.{field.name}"
            for model in our_models()
            for field in model._meta.local_fields
            if isinstance(field, models.FloatField)
        ]
        assert floats == []

    def test_stored_choices_are_upper_case_words(self):
        odd = [
            f"{named(model)}.{field.name}={value}"
            for model in our_models()
            for field in model._meta.local_fields
            for value, _label in field.flatchoices
            if isinstance(value, str) and value and not re.fullmatch(r"[A-Z][A-Z0-9_]*", value)
        ]
        assert odd == []


class TestLayers:
    def test_rules_know_nothing_but_python(self):
        outside = [
            f"{here(path)}: {name}"
            for path in python_files("rules")
            for name in imports_of(path)
            if name.startswith("mayorista.") and not name.startswith("mayorista.rules")
        ] + [
            f"{here(path)}: {name}"
            for path in python_files("rules")
            for name in imports_of(path)
            if name.split(".")[0]
            in {"django", "psycopg", "httpx", "requests", "os", "socket", "subprocess", "time"}
        ]
        assert outside == []

    def test_rules_hold_no_float(self):
        floats = [
            f"{here(path)}:{node.lineno}"
            for path in python_files("rules")
            for node in ast.walk(tree_of(path))
            if (isinstance(node, ast.Constant) and isinstance(node.value, float))
            or (isinstance(node, ast.Name) and node.id == "float")
        ]
        assert floats == []

    def test_only_the_clock_reads_the_clock(self):
        reading = re.compile(
            r"\b(datetime\.now|dt\.datetime\.now|utcnow|date\.today|timezone\.now|localdate)\("
        )
        readers = [
            f"{here(path)}: {match.group(1)}"
            for path in python_files("rules", "apps", "adapters", "interfaces")
            for match in reading.finditer(path.read_text(encoding=ENCODING))
            if here(path) != "interfaces/clock.py"
        ]
        assert readers == []

    def test_interfaces_ask_no_rows(self):
        asking = [
            f"{here(path)}: {name}"
            for path in python_files("interfaces")
            for name in imports_of(path)
            if re.match(r"mayorista\.apps\.\w+\.models", name) or name.startswith("django.db.models")
        ] + [
            here(path)
            for path in python_files("interfaces")
            if re.search(r"\.objects\b", path.read_text(encoding=ENCODING))
        ]
        assert asking == []

    def test_a_room_alone_imports_its_rows(self):
        # Words (choices) are a room's language and may be spoken by others; rows may not.
        strangers = {
            f"{here(path)}: {name.rpartition('.')[2]}"
            for path in python_files("apps")
            for name in imports_of(path)
            if (match := re.match(r"mayorista\.apps\.(\w+)\.models\.", name))
            and path.relative_to(SOURCE / "apps").parts[0] not in {match.group(1), *READERS}
            and isinstance(row := import_string(name), type)
            and issubclass(row, models.Model)
        }
        assert strangers == STILL_CROSSING

    def test_those_who_read_all_rooms_write_in_none(self):
        writing = [
            f"{here(path)}:{node.lineno} {ast.unparse(node.func)}"
            for path in python_files(*(f"apps/{room}" for room in READERS))
            if here(path) not in IN_BULK and (foreign := foreign_rows(path))
            for node in ast.walk(tree_of(path))
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in WRITES
            and root_name(node.func) in foreign
        ]
        assert writing == []


@pytest.mark.django_db
class TestAppendOnly:
    @pytest.mark.parametrize("table", APPEND_ONLY)
    @pytest.mark.parametrize("verb", ["UPDATE", "DELETE", "TRUNCATE"])
    def test_the_application_may_not_alter_what_was_written(self, table, verb):
        statement = {
            "UPDATE": f"UPDATE {table} SET id = id",
            "DELETE": f"DELETE FROM {table}",
            "TRUNCATE": f"TRUNCATE {table}",
        }[verb]
        with connection.cursor() as cursor:
            with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
                cursor.execute(statement)
            cursor.execute("SELECT has_table_privilege(current_user, %s, 'INSERT, SELECT')", [table])
            assert cursor.fetchone() == (True,)

    def test_the_list_is_that_of_the_migrations(self):
        written = {
            name
            for path in sorted((SOURCE / "apps").glob("*/migrations/*.py"))
            for name in re.findall(r"append_only\(\s*\"(\w+)\"", path.read_text(encoding=ENCODING))
        }
        assert written == set(APPEND_ONLY)

    def test_the_application_is_not_the_owner_and_can_not_become_it(self):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT rolsuper, rolcreaterole, pg_has_role(rolname, 'mayorista_owner', 'MEMBER')"
                " FROM pg_roles WHERE rolname = current_user"
            )
            assert cursor.fetchone() == (False, False, False)
            cursor.execute(
                "SELECT count(*) FROM pg_tables WHERE schemaname = 'public' AND tableowner = current_user"
            )
            assert cursor.fetchone() == (0,)


TEMPLATES = sorted(SOURCE.rglob("templates/**/*.html"))
BLOCK = re.compile(r"{%\s*(blocktranslate|blocktrans)\b.*?{%\s*end\1\s*%}", re.DOTALL)
COMMENT = re.compile(r"{%\s*comment.*?endcomment\s*%}|{#.*?#}|<!--.*?-->", re.DOTALL)
CODE = re.compile(r"<(script|style|svg|pre|code)\b.*?</\1>", re.DOTALL | re.IGNORECASE)
# Blocks whose content lands inside a tag: class names and data attributes.
ATTRIBUTE_BLOCK = re.compile(r"{%\s*block \w+_(?:class|data)\s*%}.*?{%\s*endblock\b.*?%}", re.DOTALL)
TAG = re.compile(r"{%.*?%}|{{.*?}}", re.DOTALL)
SPOKEN = re.compile(r"""\b(title|alt|placeholder|aria-label|data-confirm|label)=(["'])(.*?)\2""", re.DOTALL)
ADDRESS = re.compile(
    r"(?<!\w)/[\w/.-]+|\w+://\S+|\b[a-z_]+=|\b\w+\.(?:yml|yaml|toml|xlsx|pdf)\b"
)  # paths, URLs, labels of alarms, file names
LETTERS = re.compile(r"[A-Za-zÁÉÍÓÚÜÑáéíóúüñ]{2,}")
# Names and signs that are the same in every language.
NAMES = {
    "Mayorista", "WhatsApp", "Ctrl", "Enter", "Esc", "Tab", "SLA", "Rev", "NOC", "DAC", "DANO", "FALLA", "ETR", "RFO", "NIT", "VLAN", "AS", "ASN",
    "BGP", "IP", "ISP", "PDF", "Excel", "xlsx", "UTC", "La", "Paz", "Mbps", "Gbps", "QR", "SHA", "nbsp", "middot", "times",
    "larr", "rarr", "uarr", "darr", "hellip", "mdash", "ndash", "amp", "lt", "gt", "laquo", "raquo", "check", "MFA", "TOTP", "min",
}  # fmt: skip


def untranslated(path: Path) -> list[str]:
    """The words of a template that gettext does not know."""
    text = COMMENT.sub(" ", path.read_text(encoding=ENCODING))
    text = CODE.sub(" ", ATTRIBUTE_BLOCK.sub(" ", BLOCK.sub(" ", text)))
    spoken = " ".join(TAG.sub(" ", match.group(3)) for match in SPOKEN.finditer(TAG.sub("\x00", text)))
    shown = re.sub(r"<[^>]*>", " ", TAG.sub(" ", text), flags=re.DOTALL)
    said = ADDRESS.sub(" ", f"{shown} {spoken}")
    return [word for word in LETTERS.findall(said) if word not in NAMES]


class TestTemplates:
    def test_are_found(self):
        assert len(TEMPLATES) > 10

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-3:]))
    def test_every_word_goes_through_gettext(self, path):
        assert untranslated(path) == []

    @pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: "/".join(path.parts[-3:]))
    def test_no_script_or_style_inside(self, path):
        text = COMMENT.sub(" ", path.read_text(encoding=ENCODING))
        assert re.findall(r"<script(?![^>]*\bsrc=)[^>]*>", text) == []
        assert re.findall(r"<style\b|\sstyle=|\son[a-z]+=", text) == []
