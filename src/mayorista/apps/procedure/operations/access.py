"""When somebody can not come in, and who is believed: the lock after failures, a lost second factor, trusted devices."""

from __future__ import annotations

import datetime as dt
import secrets

from allauth.mfa.models import Authenticator
from axes.models import AccessAttempt
from django.db import transaction
from django.utils.translation import gettext as _

from mayorista.apps.procedure.actors import Actor, require
from mayorista.apps.procedure.models import User
from mayorista.apps.procedure.operations import dossiers, journal
from mayorista.rules.errors import Conflict, NotFound
from mayorista.rules.procedure import Act


@transaction.atomic
def lift_lockout(*, user_id: int, actor: Actor, at: dt.datetime) -> None:
    """Forget the failed attempts of a person's name, so that it can come in now; journaled.

    Raises NotFound, NotAllowed, and Conflict when nothing is locked.
    """
    require(actor, Act.ADMINISTER)
    user = _user(user_id)
    found, _rows = AccessAttempt.objects.filter(username__iexact=user.username).delete()
    if not found:
        raise Conflict(_("Ese usuario no está bloqueado."))
    _record(_("Bloqueo de entrada levantado: %(name)s") % {"name": user.username}, user, actor, at)


@transaction.atomic
def drop_second_factor(*, user_id: int, actor: Actor, at: dt.datetime) -> None:
    """Take away a person's second factor (lost phone) and its recovery codes; journaled.

    A trusted phone of that factor is trusted no more. Raises NotFound, NotAllowed, and Conflict
    when there is none.
    """
    require(actor, Act.ADMINISTER)
    user = _user(user_id)
    found, _rows = Authenticator.objects.filter(user=user).delete()
    if not found:
        raise Conflict(_("Ese usuario no tiene segundo factor."))
    _record(_("Segundo factor quitado: %(name)s") % {"name": user.username}, user, actor, at)


@transaction.atomic
def distrust_devices(*, actor: Actor, at: dt.datetime) -> None:
    """Ask the actor's own second factor again on every device that was trusted; journaled.

    A device is trusted by a digest over the person's factors, of which a seed is one part: a new seed
    ends them all. Raises Conflict when there is no second factor.
    """
    factor = (
        Authenticator.objects.select_for_update()
        .filter(user_id=actor.user_id, type=Authenticator.Type.TOTP)
        .first()
    )
    if factor is None:
        raise Conflict(_("No tiene activado el segundo factor: ningún equipo es de confianza."))
    factor.data["seed"] = secrets.token_hex(16)
    factor.save(update_fields=["data"])
    user = _user(factor.user_id)
    text = _("Equipos de confianza olvidados: %(name)s") % {"name": user.username}
    _record(text, user, actor, at, act="DISTRUST_DEVICES")


def _user(user_id: int) -> User:
    user = User.objects.filter(pk=user_id).first()
    if user is None:
        raise NotFound(_("No existe ese usuario."))
    return user


def _record(text: str, user: User, actor: Actor, at: dt.datetime, *, act: str = Act.ADMINISTER) -> None:
    journal.record(
        dossier_id=dossiers.standing(kind="USERS").id,
        act=act,
        text=text,
        actor=actor,
        at=at,
        payload={"user": user.username},
    )
