"""Calls every method of the PyPI client `marathon` 0.13.0; prints one line per method, and ends with 1 where one failed.

usage: python_client.py API_URL GROUP_ID
"""

import collections
import collections.abc
import sys
import threading
import time
import traceback

# The client is from before Python 3.10, which moved this name.
collections.Iterable = collections.abc.Iterable

from marathon import MarathonClient  # noqa: E402
from marathon.exceptions import ConflictError, MarathonHttpError, NotFoundError  # noqa: E402
from marathon.models import MarathonApp, MarathonConstraint, MarathonGroup, MarathonHealthCheck  # noqa: E402
from marathon.models.app import MarathonUpgradeStrategy  # noqa: E402

api, base = sys.argv[1], sys.argv[2]
client = MarathonClient(api, timeout=30)
failed = []
called = set()


def check(method):
    """Runs the decorated function; its name is that of the client's method, up to a double underscore."""
    name = method.__name__.split("__")[0]
    assert hasattr(MarathonClient, name), name
    called.add(name)
    began = time.time()
    try:
        method()
        print(f"ok {method.__name__} {time.time() - began:.1f} s", flush=True)
    except Exception:
        failed.append(method.__name__)
        print(f"FAILED {method.__name__}", flush=True)
        traceback.print_exc(file=sys.stdout)
    return method


def until(look, what):
    deadline = time.time() + 90
    while time.time() < deadline:
        if look():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited for {what}")


def settled():
    until(lambda: not mine(), "no deployment to run")


def mine():
    return [d for d in client.list_deployments() if any(a.startswith(base) for a in d.affected_apps)]


def app(name, **more):
    return MarathonApp(id=f"{base}/{name}", cmd="exec sleep 1000", mem=8, cpus=0.01, **more)


class Fails:
    def __init__(self, error, status):
        self.error, self.status = error, status

    def __enter__(self):
        return self

    def __exit__(self, kind, error, _):
        assert kind is not None and issubclass(kind, self.error), f"{kind}: {error}"
        assert error.status_code == self.status, error.status_code
        return True


seen = []
subscribed = threading.Event()


def listen():
    for event in MarathonClient(api).event_stream():
        seen.append(event.event_type)
        subscribed.set()


threading.Thread(target=listen, daemon=True).start()
until(subscribed.is_set, "the event stream to begin")

web = f"{base}/web"
group = f"{base}/group"


@check
def ping():
    assert b"pong" in client.ping()


@check
def get_info():
    info = client.get_info()
    assert info.name == "marathon" and info.http_config.http_port


@check
def get_leader():
    assert client.get_leader()["leader"]


@check
def get_metrics():
    assert "gauges" in client.get_metrics()


@check
def create_app():
    made = client.create_app(
        web,
        app(
            "web",
            instances=2,
            labels={"tier": "web"},
            constraints=[MarathonConstraint("hostname", "GROUP_BY")],
            health_checks=[
                MarathonHealthCheck(protocol="COMMAND", command={"value": "true"}, interval_seconds=1, grace_period_seconds=30)
            ],
            upgrade_strategy=MarathonUpgradeStrategy(minimum_health_capacity=1),
        ),
    )
    assert made and made.id == web and len(made.deployments) == 1, made
    settled()


@check
def create_app__conflict():
    with Fails(ConflictError, 409):
        client.create_app(web, app("web"))


@check
def create_app__complex():
    made = client.create_app(
        f"{base}/docker",
        MarathonApp.from_json(
            {
                "id": f"{base}/docker",
                "cmd": "run",
                "instances": 0,
                "env": {"A": "b"},
                "fetch": [{"uri": "file:///nothing"}],
                "acceptedResourceRoles": ["*"],
                "constraints": [["hostname", "UNIQUE"], ["rack", "LIKE", "r.*"]],
                "container": {
                    "type": "DOCKER",
                    "docker": {"image": "busybox", "network": "BRIDGE", "portMappings": [{"containerPort": 80, "hostPort": 0}]},
                    "volumes": [{"containerPath": "/a", "hostPath": "/b", "mode": "RO"}],
                },
            }
        ),
    )
    assert made.instances == 0
    settled()
    got = client.get_app(f"{base}/docker", embed_tasks=True, embed_counts=True, embed_deployments=True,
                         embed_readiness=True, embed_last_task_failure=True, embed_failures=True, embed_task_stats=True)
    assert got.container.docker.image == "busybox" and got.networks


@check
def list_apps():
    for found in (
        client.list_apps(label="tier==web"),
        client.list_apps(app_id=web, embed_tasks=True, embed_counts=True, embed_deployments=True, embed_readiness=True,
                         embed_last_task_failure=True, embed_failures=True, embed_task_stats=True),
    ):
        assert [each.id for each in found] == [web], found
    assert found[0].tasks_running == 2 and len(found[0].tasks) == 2


@check
def get_app():
    got = client.get_app(web, embed_tasks=True, embed_task_stats=True)
    assert got.instances == 2 and got.health_checks[0].protocol == "COMMAND"
    assert {task.app_id for task in got.tasks} == {web}
    with Fails(NotFoundError, 404):
        client.get_app(f"{base}/nobody")


@check
def list_tasks():
    tasks = client.list_tasks(web)
    assert len(tasks) == 2 and all(task.started_at for task in tasks)
    until(lambda: all(t.health_check_results and t.health_check_results[0].alive for t in client.list_tasks(web)), "health")
    assert {task.id for task in tasks} <= {task.id for task in client.list_tasks()}


@check
def list_endpoints():
    assert len([each for each in client.list_endpoints() if each.app_id == web]) == 2


@check
def list_versions():
    assert len(client.list_versions(web)) == 1


@check
def get_version():
    assert client.get_version(web, client.list_versions(web)[0]).id == web


@check
def update_app():
    assert client.update_app(web, MarathonApp(cmd="exec sleep 2000"), force=True)["deploymentId"]
    settled()
    assert client.get_app(web).cmd == "exec sleep 2000"


@check
def update_apps():
    client.update_apps([MarathonApp(id=web, labels={"tier": "web", "new": "1"})])
    settled()
    assert client.get_app(web).labels["new"] == "1"


@check
def rollback_app():
    first = sorted(client.list_versions(web))[0]
    client.rollback_app(web, first)
    settled()
    assert client.get_app(web).cmd == "exec sleep 1000"


@check
def restart_app():
    before = {task.id for task in client.list_tasks(web)}
    client.restart_app(web)
    settled()
    assert not before & {task.id for task in client.list_tasks(web)}


@check
def scale_app():
    client.scale_app(web, delta=1)
    settled()
    client.scale_app(web, instances=4)
    settled()
    assert client.get_app(web).instances == 4


def running():
    return [task for task in client.list_tasks(web) if task.state == "TASK_RUNNING"]


@check
def kill_task():
    task = client.list_tasks(web)[0]
    killed = client.kill_task(web, task.id)
    assert killed.id == task.id
    until(lambda: len(running()) == 4 and task.id not in [t.id for t in running()], "the replacement")
    client.kill_task(web, client.list_tasks(web)[0].id, scale=True)
    settled()
    assert client.get_app(web).instances == 3


@check
def kill_given_tasks():
    client.kill_given_tasks([client.list_tasks(web)[0].id], scale=True)
    settled()
    assert client.get_app(web).instances == 2
    client.kill_given_tasks([task.id for task in client.list_tasks(web)])
    until(lambda: len(running()) == 2, "the replacements")


@check
def kill_tasks():
    assert len(client.kill_tasks(web)) == 2
    until(lambda: len(running()) == 2, "the replacements")
    # Its batches end with an error of its own on Python 3.7 and later (PEP 479).
    client.kill_tasks(web, host=client.list_tasks(web)[0].host)
    until(lambda: len(running()) == 2, "the replacements")
    client.kill_tasks(web, scale=True)
    settled()
    assert client.get_app(web).instances == 0


@check
def create_group():
    client.create_group(MarathonGroup(id=group, apps=[app("group/a"), app("group/b", dependencies=[f"{group}/a"])]))
    settled()


@check
def list_groups():
    assert base in [each.id for each in client.list_groups()]


@check
def get_group():
    got = client.get_group(group)
    assert sorted(each.id for each in got.apps) == [f"{group}/a", f"{group}/b"]


first_group = client.get_group(group).version


@check
def update_group():
    client.update_group(group, MarathonGroup(dependencies=[f"{base}/other"]))
    settled()
    assert client.get_group(group).dependencies == [f"{base}/other"]


@check
def scale_group():
    client.scale_group(group, 2)
    settled()
    assert client.get_app(f"{group}/a").instances == 2


@check
def rollback_group():
    client.rollback_group(group[1:], first_group)
    settled()
    assert client.get_app(f"{group}/a").instances == 1


@check
def list_queue():
    client.create_app(f"{base}/huge", MarathonApp(id=f"{base}/huge", cmd="x", cpus=10000, mem=8))
    until(lambda: f"{base}/huge" in [each.app.id for each in client.list_queue()], "the queue")
    item = [each for each in client.list_queue(embed_last_unused_offers=True) if each.app.id == f"{base}/huge"][0]
    assert item.count == 1 and item.delay.overdue


@check
def reset_delay():
    client.reset_delay(f"{base}/huge"[1:])


@check
def list_deployments():
    found = mine()
    assert len(found) == 1 and found[0].affected_apps == [f"{base}/huge"]
    assert found[0].current_actions[0].action == "ScaleApplication" and found[0].steps


# Whatever reads must work while a deployment runs.
for method in (ping, get_info, get_leader, get_metrics, list_groups, get_group, list_deployments):
    check(method)


@check
def get_app__while_deploying():
    got = client.get_app(f"{base}/huge", embed_tasks=True)
    assert len(got.deployments) == 1 and got.tasks == []
    assert f"{base}/huge" in [each.id for each in client.list_apps(embed_tasks=True, embed_deployments=True)]
    client.list_tasks()
    client.list_versions(f"{base}/huge")


@check
def update_app__while_deploying():
    with Fails(ConflictError, 409):
        client.update_app(f"{base}/huge", MarathonApp(cmd="y"))
    with Fails(ConflictError, 409):
        client.delete_app(f"{base}/huge")
    client.update_app(f"{base}/huge", MarathonApp(cmd="y"), force=True)


@check
def delete_deployment():
    # What the forced change superseded is listed until it has ended.
    until(lambda: len(mine()) == 1, "the superseded one to end")
    # The way back leads to the first definition, which does not fit either.
    back = client.delete_deployment(mine()[0].id)["deploymentId"]
    until(lambda: [each.id for each in mine()] == [back], "the way back")
    assert client.get_app(f"{base}/huge").cmd == "x"
    client.delete_deployment(back, force=True)
    settled()


@check
def delete_app():
    client.delete_app(web)
    settled()
    with Fails(NotFoundError, 404):
        client.get_app(web)


@check
def delete_group():
    client.delete_group(group, force=True)
    settled()


@check
def create_app__refused():
    with Fails(MarathonHttpError, 422):
        client.create_app(f"{base}/bad", MarathonApp(id=f"{base}/bad", cmd="x", instances=-1))


# Gone from Marathon since 1.5, and so here.
for method, arguments in (
    ("list_event_subscriptions", []),
    ("create_event_subscription", ["http://127.0.0.1/"]),
    ("delete_event_subscription", ["http://127.0.0.1/"]),
):
    called.add(method)
    try:
        getattr(client, method)(*arguments)
        failed.append(method)
    except NotFoundError:
        print(f"ok {method} is 404")


@check
def event_stream():
    wanted = {"api_post_event", "group_change_success", "deployment_info", "deployment_step_success", "deployment_success",
              "deployment_failed", "status_update_event", "instance_changed_event", "health_status_changed_event"}
    until(lambda: wanted <= set(seen), f"{wanted - set(seen)}")


@check
def delete_leader():
    client.delete_leader()
    assert client.ping()


public = {name for name in dir(MarathonClient) if not name.startswith("_")}
missing = public - called
print(f"{len(called)} methods called, {len(failed)} failed {failed}, not called: {sorted(missing)}")
sys.exit(1 if failed or missing else 0)
