"""`mayorista rate`: cases of money rules in, amounts out, both JSON; nothing is stored."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mayorista.rules.errors import Invalid
from mayorista.rules.rating import reading, writing

if TYPE_CHECKING:
    import argparse

WRONG = 2
LARGEST_BYTES = 64 * 1024 * 1024


def arguments(parser: argparse.ArgumentParser) -> None:
    """Which file."""
    parser.add_argument(
        "file", metavar="ARCHIVO|-", help='un caso, o {"cases": [...]}; «-» lee la entrada estándar'
    )


def run(options: argparse.Namespace) -> int:
    """Print the answer, or the results of all cases; 2 when a case is wrong, named on standard error."""
    try:
        document = _document(options.file)
        if isinstance(document, dict) and "cases" in document:
            return _many(document)
        print(_written(_answered(document)))
    except Invalid as error:
        print(_told(error, ""), file=sys.stderr)
        return WRONG
    return 0


def _many(document: dict[str, Any]) -> int:
    if not isinstance(document["cases"], list):
        raise Invalid("Aquí va una lista [ … ].", field="cases", remedy="Revise el formato.")
    results, wrong = [], 0
    for number, each in enumerate(document["cases"]):
        head = {"id": each["id"]} if isinstance(each, dict) and "id" in each else {}
        try:
            results.append(head | _answered(each))
        except Invalid as error:
            wrong += 1
            results.append(
                head | {"error": {"field": error.field, "message": error.message, "remedy": error.remedy}}
            )
            name = f" ({head['id']})" if head else ""
            print(_told(error, f"cases[{number}]{name}: "), file=sys.stderr)
    print(_written({"results": results}))
    return WRONG if wrong else 0


def _answered(document: Any) -> dict[str, Any]:
    """The answer; the instant it was asked for stands as it was written."""
    found = writing.answered(reading.read(document))
    found["as_of"] = document["billing"]["as_of"]
    written = {each["period"]: each["as_of"] for each in document.get("prior_invoices") or []}
    for prior in found.get("prior_invoices", []):
        prior["as_of"] = written[prior["period"]]
    return found


def _document(name: str) -> Any:
    """The document, its numbers exact. Raises Invalid when it can not be read."""
    try:
        if name == "-":
            raw = sys.stdin.buffer.read(LARGEST_BYTES + 1)
        else:
            with Path(name).open("rb") as file:
                raw = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise Invalid(
            f"No se puede leer {name}: {error.strerror}.", field=name, remedy="Revise el nombre."
        ) from None
    if len(raw) > LARGEST_BYTES:
        raise Invalid("El archivo pasa de 64 MB.", field=name, remedy="Divida los casos en varios archivos.")
    try:
        return json.loads(
            raw.decode("utf-8-sig"),
            parse_float=Decimal,
            parse_constant=_no_number,
            object_pairs_hook=_no_twice,
        )
    except UnicodeDecodeError:
        raise Invalid("El archivo no es texto UTF-8.", field=name, remedy="Guárdelo como UTF-8.") from None
    except json.JSONDecodeError as error:
        raise Invalid(
            f"No es JSON: línea {error.lineno}, columna {error.colno}.",
            field=name,
            remedy="Revise comas y comillas.",
        ) from None
    except (ValueError, RecursionError):
        raise Invalid(
            "No es un caso: un número o un anidamiento desmedido.", field=name, remedy="Revise."
        ) from None


def _no_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise Invalid("El campo está escrito dos veces en un mismo objeto.", field=twice, remedy="Deje uno.")
    return found


def _no_number(word: str) -> Any:
    raise Invalid(f"«{word}» no es un número.", field=word, remedy="Escriba una cifra.")


def _written(form: dict[str, Any]) -> str:
    return json.dumps(form, ensure_ascii=False, indent=1)


def _told(error: Invalid, where: str) -> str:
    return f"{where}{error.field}: {error.message} {error.remedy}".strip()
