"""The worker process: the queue, the schedule, the rescue of jobs whose worker died, and the loops.

Any number of workers may run on any number of machines; they share PostgreSQL.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from procrastinate import exceptions, jobs
from procrastinate.contrib.django import procrastinate_app, utils
from procrastinate.psycopg_connector import PsycopgConnector

from mayorista.interfaces.jobs import loops

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from procrastinate import App

log = logging.getLogger("mayorista.worker")

HEARTBEAT_SECONDS, STALLED_AFTER_SECONDS, RESCUE_EVERY_SECONDS = 5.0, 20.0, 10.0
GRACE_SECONDS = 8.0
FIRST_DELAY, LONGEST_DELAY = 0.2, 5.0


def work() -> None:
    """Work until SIGTERM or SIGINT; running jobs get a few seconds to end."""
    stop = threading.Event()
    threads = loops.start_all(stop)
    try:
        asyncio.run(_work(stop))
    finally:
        stop.set()
        for thread in threads:
            thread.join(GRACE_SECONDS)


async def _work(stop: threading.Event) -> None:
    loop = asyncio.get_running_loop()
    concurrency = int(os.environ.get("MAYORISTA_WORKER_CONCURRENCY") or 4)
    loop.set_default_executor(ThreadPoolExecutor(concurrency + 1, thread_name_prefix="job"))
    ended = asyncio.Event()

    def end() -> None:
        _end_for_certain()
        stop.set()
        ended.set()

    for sign in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(sign, end)
    connector = PsycopgConnector(kwargs=utils.connector_params(), min_size=1, max_size=3)
    with procrastinate_app.current_app.replace_connector(connector) as app:
        queue = asyncio.create_task(_again_and_again("queue", lambda: _queue(app, concurrency), ended))
        rescue = asyncio.create_task(_again_and_again("rescue", lambda: _rescue(app, ended), ended))
        await ended.wait()
        queue.cancel()
        rescue.cancel()
        await asyncio.gather(queue, rescue, return_exceptions=True)


def _end_for_certain() -> None:
    """A database that is away must not keep us: what is not done then is found by the rescue of another worker."""
    timer = threading.Timer(GRACE_SECONDS + 2, os._exit, [0])
    timer.daemon = True
    timer.start()


async def _queue(app: App, concurrency: int) -> None:
    async with app.open_async():
        await app.run_worker_async(
            name=f"{os.uname().nodename}:{os.getpid()}",
            concurrency=concurrency,
            install_signal_handlers=False,
            shutdown_graceful_timeout=GRACE_SECONDS,
            fetch_job_polling_interval=2.0,
            update_heartbeat_interval=HEARTBEAT_SECONDS,
            stalled_worker_timeout=STALLED_AFTER_SECONDS,
            delete_jobs=jobs.DeleteJobCondition.SUCCESSFUL,
        )


async def _rescue(app: App, ended: asyncio.Event) -> None:
    """Give back to the queue the jobs of workers whose heart stopped."""
    while not ended.is_set():
        await asyncio.sleep(RESCUE_EVERY_SECONDS)
        for job in await app.job_manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
            log.warning(
                "rescued job %s of a worker that died",
                job.task_name,
                extra={"job": job.id, **job.task_kwargs},
            )
            await _give_back(app, job)


async def _give_back(app: App, job: jobs.Job) -> None:
    try:
        await app.job_manager.retry_job(job)
    except (
        exceptions.AlreadyEnqueued,
        exceptions.UniqueViolation,
    ):  # the same work waits already: this one ends here
        await app.job_manager.finish_job(job, jobs.Status.FAILED, delete_job=True)


async def _again_and_again(name: str, run: Callable[[], Awaitable[None]], ended: asyncio.Event) -> None:
    """Run; when PostgreSQL goes away, wait and run again."""
    delay = FIRST_DELAY
    while not ended.is_set():
        begun = asyncio.get_running_loop().time()
        try:
            await run()
        except asyncio.CancelledError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever broke, the worker goes on
            log.warning("%s broke, begins again in %.1f s: %s", name, delay, error)
        if asyncio.get_running_loop().time() - begun > 10 * LONGEST_DELAY:
            delay = FIRST_DELAY
        await asyncio.sleep(delay)
        delay = min(delay * 2, LONGEST_DELAY)
