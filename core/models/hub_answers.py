"""What the hub and the network between raise, in sentences that say what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from core.foundations.errors import WeightsError


class Unreachable(WeightsError):
    """The hub does not answer; what is in the cache may still serve."""


class Broken(Exception):
    """A file stopped on its way."""


@contextmanager
def told(repo: str, stops: bool = False) -> Iterator[None]:
    """Around what asks the hub.

    Args:
        repo: what is asked about.
        stops: whether a connection that ends is Broken, and no error yet.

    Raises:
        Unreachable: where the hub does not answer.
        WeightsError: where it answers with no.
        Broken: see `stops`.
    """
    from huggingface_hub import errors

    try:
        yield
    except errors.GatedRepoError as error:
        raise WeightsError(
            f"{repo} is open only to those who accept its terms. Accept them on its page on the hub, log in with `hf auth login`, and "
            "try again."
        ) from error
    except errors.RepositoryNotFoundError as error:
        raise WeightsError(f"The hub has no model named {repo!r} that is open to all. Check the name: owner, slash, name.") from error
    except (errors.RevisionNotFoundError, errors.EntryNotFoundError) as error:
        if isinstance(error, errors.LocalEntryNotFoundError):
            raise _unreachable(repo) from error
        raise WeightsError(
            f"The hub lists a state or a file of {repo} that it does not have (404). Try again later, or name another model."
        ) from error
    except errors.HFValidationError as error:
        raise WeightsError(f"{repo[:80]!r} is neither a folder here nor a name on the hub. Names are owner, slash, name.") from error
    except errors.HfHubHTTPError as error:
        raise Unreachable(f"The hub answers for {repo} with an error ({error.response.status_code}). Try again later.") from error
    except Exception as error:
        if not _network(error):
            raise
        raise (Broken() if stops else _unreachable(repo)) from error


def _network(error: Exception) -> bool:
    """Whether it comes from the network: the hub's client changed its library, and with it the kinds, more than once."""
    return type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore", "httpcore2") or type(error).__name__ in (
        "OfflineModeIsEnabled",
        "ConnectionError",
    )


def _unreachable(repo: str) -> Unreachable:
    return Unreachable(
        f"The model hub cannot be reached, and {repo} is not on this machine. Check the network and try again, or use an embedded "
        "model or a folder."
    )
