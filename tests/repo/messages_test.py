# SPDX-License-Identifier: Apache-2.0
"""Every text for people has a Chinese translation, no translation is left over, and both take the same arguments.

The keys are collected from the sources: `why`, `off` and `tried` of policies/*.yaml, what the table of system
calls says of each, the literals of Message() and Translate(), and the texts that are made in English first
and translated where they are shown (FILLED).
"""

import re

import yaml
from repository import ROOT, cpp_files

LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
CALL = re.compile(r"\b(?:Message|Translate)\(\s*[\w.()>-]+,\s*" + LITERALS)
ROW = re.compile(r'^    \{"\w+", k[A-Z], ' + LITERALS, re.MULTILINE)

# {file: where its texts stand}. Of these, literals with a blank in them are texts, others are names.
FILLED = {
    "src/config/options.cc": r"(?s)std::string Expected\(.*?\n}",
    "src/config/assign.cc": r"(?s)BadValue Bad\(.*?\n}",
    "src/sandbox/isolation.cc": r"(?s)kNamespaceHint =.*?;|kCgroupHint =.*?;|kLandlockHint =.*?;|std::string NamespaceReason\(.*?\n}"
                                r"|void Add\w*Layers\(.*?\n}",
    "src/sandbox/cgroup_place.cc": r"(?s)CgroupPlace FindCgroups\(.*?\n}",
    "src/cli/engine.cc": r"(?s)std::string Engine::WhyCold\(.*?\n}",
    "src/deps/installers.cc": r"(?s)kMaking = .*?;|kInstalling = .*?;|std::string WhyInstallerFailed\(.*?\n}",
    "src/deps/build.cc": r'(?s)step_\("[^"]*"\)|step_\(fmt::format\("[^"]*"|BuildFailure\(fmt::format\("[^"]*"',
    "src/deps/package_json.cc": r"(?s)std::string WhyNoJson\(.*?\n}|throw Error\(fmt::format\([^;]*",
    "src/deps/keeper.cc": r'Step\(key, "[^"]*"\)|kGivenUp = "[^"]*"',
    "src/policy/rule_file.cc": r'rule\.why = "[^"]*"',
    "src/policy/lint_listing.cc": r"(?s).*",
    "src/policy/syscalls_system.cc": r"kGone = [^;]*",
}


def joined(literals: str) -> str:
    """The text of adjacent string literals."""
    pieces = re.findall(r'"((?:[^"\\]|\\.)*)"', literals)
    return "".join(pieces).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def without_comments(text: str) -> str:
    text = re.sub(r"^\s*(//|#include).*$", "", text, flags=re.MULTILINE)
    return re.sub(r"""'\\?"'|  //[^"\n]*"[^\n]*$""", "", text, flags=re.MULTILINE)  # quotes that begin no literal


def program_keys() -> set:
    found = set()
    for path in cpp_files("src"):
        if not path.name.endswith("_test.cc"):
            found |= {joined(match) for match in CALL.findall(without_comments(path.read_text()))}
    return found


def filled_keys() -> set:
    found = set()
    for name, pattern in FILLED.items():
        places = [match.group() for match in re.finditer(pattern, without_comments((ROOT / name).read_text()))]
        assert places, f"{name}: nothing matches {pattern}"
        for literals in (match for place in places for match in re.findall(LITERALS, place)):
            text = joined(literals)
            # A text that another is appended to has its gap at the end.
            if re.search("[a-z].* ", text):
                found.add(text + "{}" if text.endswith(" ") else text)
    return found


def syscall_keys() -> set:
    texts = [path.read_text() for path in sorted((ROOT / "src/policy").glob("syscalls_*.cc"))]
    assert len(texts) >= 3
    return {joined(match) for text in texts for match in ROW.findall(text)}


def policy_keys() -> set:
    found = set()
    for path in sorted((ROOT / "policies").glob("*.yaml")):
        # BaseLoader: to others `off` is a boolean.
        file = yaml.load(path.read_text(), Loader=yaml.BaseLoader)
        for entry in [file, *file["rules"]]:
            found |= {entry[key] for key in ("why", "off", "tried") if key in entry}
    return found


def keys() -> set:
    return program_keys() | filled_keys() | syscall_keys() | policy_keys()


def literals() -> set:
    """Every literal of the sources: tables hold texts that are translated elsewhere."""
    texts = [without_comments(path.read_text()) for path in cpp_files("src") if not path.name.endswith("_test.cc")]
    return {joined(match) for text in texts for match in re.findall(LITERALS, text)}


def translations() -> dict:
    """{English: Chinese} of all files."""
    found = {}
    for path in sorted((ROOT / "messages").glob("zh*.yaml")):
        for line in path.read_text().splitlines():
            key = re.match(r'"((?:[^"\\]|\\.)*)": ', line)
            assert key or not line or line.startswith("#"), f"{path.name}: not a line \"English\": Chinese: {line}"
        entries = yaml.load(path.read_text(), Loader=yaml.BaseLoader) or {}
        twice = set(entries) & set(found)
        assert not twice, f"{path.name}: also in another file: {sorted(twice)}"
        lines = sum(line.startswith('"') for line in path.read_text().splitlines())
        assert lines == len(entries), f"{path.name}: an entry stands twice"
        found.update(entries)
    return found


def arguments(text: str) -> list:
    """The arguments that a format string takes, by number."""
    fields = re.findall(r"\{(\d*)[^{}]*\}", text.replace("{{", "").replace("}}", ""))
    return sorted(int(field) if field else index for index, field in enumerate(fields))


def test_the_keys_are_found():
    assert len(syscall_keys()) > 200 and len(policy_keys()) > 150 and len(program_keys()) > 30
    assert "true or false" in filled_keys()


def test_every_text_has_a_translation():
    missing = sorted(keys() - set(translations()))
    assert not missing, "add to messages/zh*.yaml:\n" + "\n".join(missing)


def test_no_translation_is_left_over():
    unused = sorted(set(translations()) - keys() - literals())
    assert not unused, "no longer in the sources:\n" + "\n".join(unused)


def test_translations_take_the_same_arguments():
    wrong = [key for key, text in translations().items() if set(arguments(key)) != set(arguments(text))]
    assert not wrong, "\n".join(wrong)


def test_translations_are_chinese():
    english = [key for key, text in translations().items() if not re.search("[\u4e00-\u9fff]", text)]
    assert not english, "\n".join(english)
