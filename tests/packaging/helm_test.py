# SPDX-License-Identifier: Apache-2.0
"""The Helm chart as helm renders it: what a cluster would be given. Skipped where helm is not installed."""

import base64
import json
import re
import shutil
import subprocess

import pytest
import sandgate
import yaml

CHART = sandgate.REPOSITORY / "packaging/helm/sandgate"
HELM = shutil.which("helm")
KEY = ["--set", "apiKey=secret-text"]

pytestmark = pytest.mark.skipif(HELM is None, reason="helm is not installed")


def helm(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([HELM, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=120)


def render(*arguments) -> dict:
    """{kind or kind/name: manifest} of a release named r."""
    done = helm("template", "r", str(CHART), "--kube-version", "1.29.0", "--namespace", "n", *arguments)
    assert done.returncode == 0, done.stderr
    found = {}
    for one in yaml.safe_load_all(done.stdout):
        if one:
            assert f"{one['kind']}/{one['metadata']['name']}" not in found
            found[f"{one['kind']}/{one['metadata']['name']}"] = one
            found.setdefault(one["kind"], one)
    return found


def refusal(*arguments) -> str:
    done = helm("template", "r", str(CHART), "--kube-version", "1.29.0", *arguments)
    assert done.returncode != 0, done.stdout
    return done.stderr


def pod_of(manifests) -> dict:
    return manifests["Deployment"]["spec"]["template"]["spec"]


def container_of(manifests) -> dict:
    return pod_of(manifests)["containers"][0]


def test_lint_finds_nothing():
    done = helm("lint", "--strict", "--kube-version", "1.29.0", str(CHART), *KEY)
    assert done.returncode == 0, done.stdout + done.stderr


def test_pods_keep_to_the_restricted_standard():
    """https://kubernetes.io/docs/concepts/security/pod-security-standards, the profile `restricted`, and more."""
    manifests = render(*KEY)
    pod, container = pod_of(manifests), container_of(manifests)
    assert pod["securityContext"]["runAsNonRoot"] is True and pod["securityContext"]["runAsUser"] > 0
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    assert pod["automountServiceAccountToken"] is False
    assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)
    assert {kind for volume in pod["volumes"] for kind in volume if kind != "name"} <= {
        "configMap", "emptyDir", "persistentVolumeClaim"}


def test_probes_ask_what_is_meant_for_them():
    container = container_of(render(*KEY))
    assert container["livenessProbe"]["httpGet"] == {"path": "/health", "port": "http"}
    assert container["readinessProbe"]["httpGet"] == {"path": "/ready", "port": "http"}
    assert container["ports"] == [{"name": "http", "containerPort": 8194}]


def test_there_is_no_default_key():
    assert "CODE_EXECUTION_API_KEY" in refusal()


def test_the_key_is_in_a_secret_only():
    manifests = render(*KEY)
    assert base64.b64decode(manifests["Secret"]["data"]["api-key"]) == b"secret-text"
    others = [one for one in manifests.values() if one["kind"] != "Secret"]
    assert "secret-text" not in json.dumps(others)
    reference = container_of(manifests)["env"][0]
    assert reference == {"name": "API_KEY", "valueFrom": {"secretKeyRef": {"name": "r-sandgate", "key": "api-key"}}}


def test_a_secret_that_is_there_is_used():
    manifests = render("--set", "existingSecret=mine", "--set", "existingSecretKey=k")
    assert "Secret" not in manifests
    assert container_of(manifests)["env"][0]["valueFrom"] == {"secretKeyRef": {"name": "mine", "key": "k"}}


def test_the_configuration_is_one_that_the_server_takes(tmp_path):
    text = render(*KEY)["ConfigMap"]["data"]["config.yaml"]
    (tmp_path / "config.yaml").write_text(text)
    done = subprocess.run([sandgate.binary(), "config", "--effective", "--config", tmp_path / "config.yaml"],
                          capture_output=True, text=True, timeout=60, env={"PATH": "/usr/bin:/bin", "API_KEY": "k"})
    assert done.returncode == 0 and "unknown" not in done.stderr, done.stderr


def test_what_is_written_lies_in_volumes():
    manifests = render(*KEY)
    config = yaml.safe_load(manifests["ConfigMap"]["data"]["config.yaml"])
    writable = [mount["mountPath"] for mount in container_of(manifests)["volumeMounts"] if not mount.get("readOnly")]
    assert sorted(writable) == ["/state", "/tmp"]
    assert config["state_dir"].startswith("/state/") and config["log_path"].startswith("/state/")


def test_state_may_be_a_claim():
    manifests = render(*KEY, "--set", "state.persistence.enabled=true")
    claim = manifests["PersistentVolumeClaim"]["metadata"]["name"]
    assert {"name": "state", "persistentVolumeClaim": {"claimName": claim}} in pod_of(manifests)["volumes"]
    assert manifests["Deployment"]["spec"]["strategy"] == {"type": "Recreate"}
    assert "one pod" in refusal(*KEY, "--set", "state.persistence.enabled=true", "--set", "autoscaling.enabled=true")


def test_dependencies_come_from_values_or_a_claim():
    manifests = render(*KEY, "--set-string", "dependencies.files.python-requirements\\.txt=numpy==2.0.0\n")
    assert manifests["ConfigMap/r-sandgate-dependencies"]["data"] == {"python-requirements.txt": "numpy==2.0.0\n"}
    mounts = {mount["mountPath"]: mount for mount in container_of(manifests)["volumeMounts"]}
    assert mounts["/dependencies"]["readOnly"] is True
    claimed = render(*KEY, "--set", "dependencies.existingClaim=mine")
    assert {"name": "dependencies", "persistentVolumeClaim": {"claimName": "mine", "readOnly": True}} in pod_of(
        claimed)["volumes"]


def test_autoscaler_owns_the_number_of_pods():
    manifests = render(*KEY, "--set", "autoscaling.enabled=true,autoscaling.maxReplicas=7")
    assert manifests["HorizontalPodAutoscaler"]["spec"]["maxReplicas"] == 7
    assert manifests["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == manifests["Deployment"]["metadata"]["name"]
    assert "replicas" not in manifests["Deployment"]["spec"]
    assert "HorizontalPodAutoscaler" not in render(*KEY)


def test_prometheus_has_a_key_of_its_own():
    manifests = render(*KEY, "--set", "serviceMonitor.enabled=true,serviceMonitor.existingSecret=metrics")
    endpoint = manifests["ServiceMonitor"]["spec"]["endpoints"][0]
    assert (endpoint["path"], endpoint["port"]) == ("/metrics", "http")
    assert endpoint["authorization"]["credentials"] == {"name": "metrics", "key": "metrics-key"}
    names = {one["name"]: one for one in container_of(manifests)["env"]}
    assert names["SANDGATE_METRICS_KEY"]["valueFrom"]["secretKeyRef"] == {"name": "metrics", "key": "metrics-key"}
    assert "existingSecret" in refusal(*KEY, "--set", "serviceMonitor.enabled=true")


def test_runs_reach_nothing_unless_values_say_so():
    policy = render(*KEY)["NetworkPolicy"]["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"] and policy["egress"] == []
    assert policy["ingress"] == [{"from": [{"podSelector": {}}], "ports": [{"protocol": "TCP", "port": "http"}]}]
    opened = render(*KEY, "--set-json", 'networkPolicy.egress=[{"ports":[{"port":3128}]}]')["NetworkPolicy"]["spec"]
    assert opened["egress"] == [{"ports": [{"port": 3128}]}]


def test_service_and_policy_mean_the_pods_of_the_deployment():
    manifests = render(*KEY)
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]
    for selector in (manifests["Service"]["spec"]["selector"], manifests["Deployment"]["spec"]["selector"]["matchLabels"],
                     manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"]):
        assert selector.items() <= labels.items()


def test_pods_are_made_anew_when_the_configuration_changes():
    def annotations(*more):
        return render(*KEY, *more)["Deployment"]["spec"]["template"]["metadata"]["annotations"]
    assert annotations() == annotations()
    assert annotations() != annotations("--set", "config.max_workers=9")


def test_a_name_that_is_none_is_refused():
    assert "replicaCuont" in refusal(*KEY, "--set", "replicaCuont=2")
    assert "autoscaling" in refusal(*KEY, "--set", "autoscaling.enabled=perhaps")


def test_every_value_is_in_the_schema():
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())
    assert set(schema["properties"]) - {"global"} == set(values)


def test_every_value_is_used():
    templates = "".join(path.read_text() for path in (CHART / "templates").iterdir())
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    unused = [name for name in values if not re.search(rf"\.Values\.{name}\b", templates)]
    assert unused == []
