// SPDX-License-Identifier: Apache-2.0
// From what an interpreter printed to cause and fix.
#include "run/diagnose.h"

#include <gmock/gmock.h>

#include <map>

#include "config/options.h"

namespace sandgate {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class DiagnoseTest : public ::testing::Test {
 protected:
  // The entry that `exception`, raised in line 3 by `source`, leads to.
  Denial Of(const std::string& exception, const std::string& source = "do()") {
    Evidence evidence;
    evidence.status = 255;
    evidence.stderr_bytes =
        "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n    " + source + "\n" +
        exception + "\n";
    evidence.denied = refused_;
    Diagnose(evidence, Facts());
    return evidence.denied.empty() ? Denial() : evidence.denied.back();
  }

  Denial OfNode(const std::string& text) {
    Evidence evidence;
    evidence.status = 1;
    evidence.stderr_bytes = text;
    RunFacts facts = Facts();
    facts.language = Language::kNode;
    Diagnose(evidence, facts);
    return evidence.denied.empty() ? Denial() : evidence.denied.back();
  }

  RunFacts Facts() {
    limits_ = {in_request_ ? *in_request_ : Limits(config_), config_, config_};
    RunFacts facts{config_, limits_, isolation_, paths_, private_};
    facts.network = network_;
    facts.scratch = "/tmp";
    facts.program = program_;
    facts.environment = environment_;
    facts.packages_failed = failed_;
    facts.package_state = [this](const std::string& name) { return packages_[name]; };
    facts.look = [this](const std::string&) { return state_; };
    return facts;
  }

  void SetUp() override { isolation_.namespaces = true; }

  Config config_ = DefaultConfig();
  std::optional<Limits> in_request_;
  RunLimits limits_;
  Isolation isolation_;
  std::vector<std::string> paths_{"/usr"};
  std::vector<std::string> private_{"/srv/sandgate/conf.yaml"};
  std::vector<Denial> refused_;
  std::string environment_;
  std::string program_;
  std::map<std::string, PackageState> packages_;  // others are not named
  PathState state_ = PathState::kReadable;
  bool network_ = true;
  bool failed_ = false;
};

TEST_F(DiagnoseTest, AModule) {
  const Denial denial = Of("ModuleNotFoundError: No module named 'cv2'");
  EXPECT_EQ(denial.layer, "module");
  EXPECT_EQ(denial.object, "cv2");
  EXPECT_EQ(denial.fix, "opencv-python-headless");
  EXPECT_EQ(denial.fix_in, "dependencies/python-requirements.txt");
  EXPECT_EQ(denial.line, 3);
  EXPECT_EQ(denial.headline, "no such module");
  EXPECT_THAT(
      DenialSentence(denial),
      EndsWith("failed: It is not installed for the interpreter of runs, /opt/python/bin/python3; to allow "
               "it, the operator adds the line \"opencv-python-headless\" to "
               "dependencies/python-requirements.txt and has the server install it (SIGHUP, or a restart)."));
}

TEST_F(DiagnoseTest, APackageThatTheProgramInstalls) {
  const Denial denial =
      Of("subprocess.CalledProcessError: Command returned non-zero exit status 1.",
         "subprocess.check_call([sys.executable, '-m', 'pip', 'install', '-q', 'pandas==2.2.3', 'x'])");
  EXPECT_EQ(denial.headline, "packages are the operator's");
  EXPECT_EQ(denial.fix, "pandas");
  EXPECT_EQ(denial.fix_in, "dependencies/python-requirements.txt");
  EXPECT_EQ(Of("PermissionError: [Errno 1] x", "subprocess.run('pip install numpy ', shell=True)").fix,
            "numpy");
  EXPECT_NE(Of("PermissionError: [Errno 1] x", "subprocess.run(['ls', 'pip'])").headline,
            "packages are the operator's");
}

TEST_F(DiagnoseTest, OfACallOfPipOnlyPackagesAreOffered) {
  const auto line = [this](const std::string& arguments) {
    return Of("subprocess.CalledProcessError: x", "subprocess.run([sys.executable, '-m', " + arguments).fix;
  };
  EXPECT_EQ(line("'pip', 'install', '-i', 'https://m/simple', '--trusted-host', 'pypi.m', 'pandas'])"),
            "pandas");
  EXPECT_EQ(line("'pip', 'install', '--target', 'libs', 'requests[socks]>=2'])"), "requests");
  for (const char* none :
       {"'pip', 'install', '-r', 'requirements.txt'])", "'pip', 'install', name, '-q'], env={'A': 'b'})",
        "'pip', 'install', '--upgrade', 'pip'])"}) {
    EXPECT_EQ(line(none),
              "cannot be allowed: the operator lists them in dependencies/python-requirements.txt")
        << none;
  }
  EXPECT_EQ(line("'npm', 'pip-x', 'install', 'left'])"),
            "cannot be allowed: the operator lists them in dependencies/package.json");
  EXPECT_EQ(line("'pip', 'list'])"), "");
  EXPECT_EQ(Of("subprocess.CalledProcessError: x", "check_call(['apt-get', 'install', '-y', 'ffmpeg'])").fix,
            "cannot be allowed: the operator installs them on the server");
  EXPECT_THAT(
      DenialSentence(Of("PermissionError: [Errno 1] x", "subprocess.run('pip install pandsa', shell=True)")),
      HasSubstr("look before that it is the one you mean"));
}

TEST_F(DiagnoseTest, ATimeZoneThatDoesNotExist) {
  const std::string missing = "ModuleNotFoundError: No module named 'tzdata'";
  const std::string source =
      "ZoneInfo(n)\n  File \"/usr/lib/python3.11/zoneinfo/_common.py\", line 12, in load_tzdata";
  EXPECT_EQ(Of(missing, source).headline, "");
  state_ = PathState::kMissing;
  EXPECT_EQ(Of(missing, source).fix, "tzdata");
}

TEST_F(DiagnoseTest, ADatabaseThatCannotBeOpened) {
  const std::string exception = "sqlite3.OperationalError: unable to open database file";
  EXPECT_EQ(Of(exception, "sqlite3.connect('file:/srv/app.db?mode=ro', uri=True)").fix,
            "read_only_paths: [/srv/app.db]");
  state_ = PathState::kMissing;
  EXPECT_EQ(Of(exception, "sqlite3.connect(\"/srv/app.db\")").headline, "read-only file system");
  EXPECT_EQ(Of(exception, "sqlite3.connect(path)").headline, "");
  EXPECT_EQ(Of(exception, "sqlite3.connect('/tmp/none/app.db')").headline, "");
}

TEST_F(DiagnoseTest, ALibraryOfTheRunItself) {
  EXPECT_EQ(Of("OSError: /tmp/mine.so: cannot open shared object file: No such file or directory").headline,
            "");
}

TEST_F(DiagnoseTest, OnlyInATreeOfItsOwnHasARunMoreThanOneTmp) {
  const std::string exception = "PermissionError: [Errno 13] Permission denied: '/var/tmp/x'";
  EXPECT_EQ(Of(exception, "open('/var/tmp/x', 'w')").headline, "");
  isolation_.namespaces = false;
  EXPECT_EQ(Of(exception, "open('/var/tmp/x', 'w')").headline, "read-only file system");
}

TEST_F(DiagnoseTest, AModuleThatNoPackageHas) {
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'tkinter'").fix_in, fix_in::kNowhere);
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'x; rm -rf'").fix, "");
}

TEST_F(DiagnoseTest, AModuleOfNode) {
  const Denial denial =
      OfNode("Error: Cannot find module '@scope/name/part'\n    at (/tmp/main.js:2:1) {\n}\n");
  EXPECT_EQ(denial.object, "@scope/name");
  EXPECT_EQ(denial.fix, "\"@scope/name\": \"*\"");
  EXPECT_EQ(denial.fix_in, "dependencies/package.json");
  EXPECT_EQ(denial.line, 2);
  EXPECT_THAT(DenialSentence(denial),
              HasSubstr("adds \"@scope/name\": \"*\" to the \"dependencies\" of dependencies/package.json"));
  EXPECT_EQ(OfNode("Error: Cannot find module './helper'\n").fix_in, fix_in::kNowhere);
}

TEST_F(DiagnoseTest, AModuleWhosePackageStandsInTheFile) {
  packages_["PyYAML"] = PackageState::kToInstall;
  Denial denial = Of("ModuleNotFoundError: No module named 'yaml'");
  EXPECT_EQ(denial.fix_in, fix_in::kServer);
  EXPECT_THAT(
      DenialSentence(denial),
      EndsWith("failed: The package PyYAML is in dependencies/python-requirements.txt, but is not installed "
               "yet; the server installs it when it starts, on SIGHUP, and when "
               "POST /v1/sandbox/dependencies/update?language=python3 asks for it."));
  packages_["PyYAML"] = PackageState::kInstalling;
  denial = Of("ModuleNotFoundError: No module named 'yaml'");
  EXPECT_EQ(denial.fix_in, fix_in::kServer);
  EXPECT_THAT(denial.why, EndsWith("and is being installed."));
  packages_["PyYAML"] = PackageState::kFailed;
  denial = Of("ModuleNotFoundError: No module named 'yaml'");
  EXPECT_EQ(denial.fix_in, fix_in::kNowhere);
  EXPECT_THAT(denial.why, EndsWith("whose packages could not be installed."));
  packages_["PyYAML"] = PackageState::kMended;
  denial = Of("ModuleNotFoundError: No module named 'yaml'");
  EXPECT_EQ(denial.fix_in, fix_in::kServer);
  EXPECT_THAT(denial.why, EndsWith("which has changed since its packages could not be installed."));
}

TEST_F(DiagnoseTest, AModuleThatItsPackageHasUnderAnotherName) {
  packages_["opencv-python"] = PackageState::kInstalled;
  const Denial denial = Of("ModuleNotFoundError: No module named 'cv2'");
  EXPECT_EQ(denial.why,
            "The package opencv-python is in dependencies/python-requirements.txt and installed, but has no "
            "module of "
            "this name.");
  EXPECT_EQ(denial.fix, "cannot be allowed: its documentation tells by which name it is imported");
}

TEST_F(DiagnoseTest, AModuleThatNoFileNamesWhereAnInstallationHasFailed) {
  failed_ = true;
  const Denial denial = Of("ModuleNotFoundError: No module named 'yaml'");
  EXPECT_THAT(denial.why, StartsWith("It is not installed for the interpreter of runs, "));
  EXPECT_THAT(denial.why, HasSubstr("and the packages in dependencies/python-requirements.txt could not be"));
  EXPECT_EQ(denial.fix, "PyYAML");
}

TEST_F(DiagnoseTest, APartOfAModuleThatIsThere) {
  const Denial denial = Of("ModuleNotFoundError: No module named 'yaml.nothing'");
  EXPECT_EQ(denial.object, "yaml.nothing");
  EXPECT_EQ(denial.why, "Its package is there, but has no module of this name.");
  EXPECT_EQ(denial.fix_in, fix_in::kNowhere);
}

TEST_F(DiagnoseTest, APartOfANamespaceThatPackagesShare) {
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'google.protobuf'").fix, "protobuf");
  const std::string missing = "ModuleNotFoundError: No module named 'google'";
  EXPECT_EQ(Of(missing, "import google.protobuf.json_format as f").fix, "protobuf");
  EXPECT_EQ(Of(missing, "from google import genai").fix, "google-genai");
  EXPECT_EQ(Of(missing, "from google.cloud import storage").fix, "google-cloud-storage");
  EXPECT_EQ(Of(missing, "import os, google.protobuf").fix, "protobuf");
  EXPECT_EQ(Of(missing, "from google import (genai, x)").fix, "google-genai");
  EXPECT_EQ(Of(missing, "importlib.import_module('google.protobuf')").fix, "protobuf");
  EXPECT_EQ(Of(missing, "import google. google..x google." + std::string(200, 'y')).fix_in, fix_in::kNowhere);
  const Denial denial = Of("ModuleNotFoundError: No module named 'azure'", "import azure.functions");
  EXPECT_EQ(denial.fix, "azure-functions");
  EXPECT_THAT(denial.why, HasSubstr("look before"));
  EXPECT_EQ(Of(missing, "import google").fix,
            "cannot be allowed: its documentation tells which package has this part");
}

TEST_F(DiagnoseTest, AModuleWhosePackageIsNotKnownForSure) {
  const Denial denial = Of("ModuleNotFoundError: No module named 'left'");
  EXPECT_EQ(denial.fix, "left");
  EXPECT_THAT(denial.why, EndsWith("but look before that it is the one you mean."));
  EXPECT_THAT(Of("ModuleNotFoundError: No module named 'requests'").why, EndsWith("python3."));
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'websocket'").fix, "websocket-client");
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'win32com'").fix,
            "cannot be allowed: no package has it for Linux");
}

TEST_F(DiagnoseTest, TheFileIsNamedAsTheConfigurationHasIt) {
  const auto place = [this] { return Of("ModuleNotFoundError: No module named 'x'").fix_in; };
  config_.dependencies_folder = "/srv/deps";
  config_.python_requirements = "/srv/deps/more/requirement.txt";
  EXPECT_EQ(place(), "dependencies/more/requirement.txt");
  config_.python_requirements = "/srv/private/requirement.txt";
  EXPECT_EQ(place(), "dependencies.python_requirements");
  config_.environments = {{"web", "", "/srv/deps/web.json"}};
  environment_ = "web";
  EXPECT_EQ(place(), "environments.web.python_requirements");
}

TEST_F(DiagnoseTest, APackageOfANamedEnvironment) {
  packages_["left"] = PackageState::kToInstall;
  environment_ = "web";
  config_.environments = {{"web", "", "web.json"}};
  const Denial denial = OfNode("Error: Cannot find module 'left'\n    at (/tmp/main.js:2:1) {\n}\n");
  EXPECT_EQ(denial.why, "The package left is in dependencies/web.json, but is not installed yet.");
  EXPECT_THAT(denial.fix, HasSubstr("language=nodejs"));
}

TEST_F(DiagnoseTest, ASharedLibrary) {
  const Denial denial =
      Of("ImportError: libGL.so.1: cannot open shared object file: No such file or directory");
  EXPECT_EQ(denial.layer, "library");
  EXPECT_EQ(denial.object, "libGL.so.1");
  EXPECT_THAT(denial.fix, HasSubstr("libgl1"));
}

TEST_F(DiagnoseTest, AFileThatRunsDoNotSee) {
  const std::string exception = "FileNotFoundError: [Errno 2] No such file or directory: '/srv/a b'";
  config_.read_only_paths = {"/data"};
  const Denial denial = Of(exception);
  EXPECT_EQ(denial.layer, "root");
  EXPECT_EQ(denial.object, "/srv/a b");
  EXPECT_EQ(denial.fix, "read_only_paths: [/data, \"/srv/a b\"]");
  for (const PathState state : {PathState::kMissing, PathState::kHidden, PathState::kUnreadable}) {
    state_ = state;
    EXPECT_THAT(Of(exception).fix, StartsWith("cannot be allowed: "));
  }
}

TEST_F(DiagnoseTest, ClosedFoldersTellNothing) {
  state_ = PathState::kHidden;
  EXPECT_THAT(Of("FileNotFoundError: [Errno 2] No such file: '/root/x'").fix,
              HasSubstr("or its permissions"));
}

// A tree of the run's own holds the file without its folder.
TEST_F(DiagnoseTest, InFullAFileOfAClosedFolderMayBeWorthATry) {
  isolation_.mode = IsolationMode::kFull;
  state_ = PathState::kHidden;
  const Denial denial = Of("FileNotFoundError: [Errno 2] No such file: '/root/x'");
  EXPECT_EQ(denial.fix, "read_only_paths: [/root/x]");
  EXPECT_EQ(denial.fix_in, fix_in::kConfig);
  EXPECT_THAT(denial.why, HasSubstr("helps only if the server has it"));
  paths_ = {"/root"};
  EXPECT_THAT(Of("FileNotFoundError: [Errno 2] No such file: '/root/x'").fix,
              HasSubstr("or its permissions"));
}

TEST_F(DiagnoseTest, WhatIsNeverOffered) {
  for (const char* path : {"/srv/sandgate/conf.yaml", "/proc/1/environ", "/run/docker.sock", "/etc", "/",
                           "/srv/../proc/meminfo"}) {
    const std::string exception =
        "FileNotFoundError: [Errno 2] No such file or directory: '" + std::string(path) + "'";
    EXPECT_THAT(Of(exception).fix, StartsWith("cannot be allowed: ")) << path;
  }
}

TEST_F(DiagnoseTest, FilesOfTheRunAreTheProgramsAffair) {
  EXPECT_EQ(Of("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/x'").fix, "");
  EXPECT_EQ(Of("FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'").fix, "");
}

TEST_F(DiagnoseTest, Writing) {
  const Denial denial = Of("OSError: [Errno 30] Read-only file system: '/usr/x'");
  EXPECT_EQ(denial.headline, "read-only file system");
  EXPECT_EQ(denial.fix_in, fix_in::kNowhere);
  EXPECT_EQ(Of("PermissionError: [Errno 13] Permission denied: '/srv/x'", "open('/srv/x', 'w')").headline,
            "read-only file system");
}

// What a traceback leaves out is read in the program.
TEST_F(DiagnoseTest, TheStatementOfTheProgramTellsToo) {
  program_ = "const fs = require('fs');\nconst fd = fs.openSync('/srv/x', 'w');\n";
  const std::string node =
      "node:fs:573\n  return binding.open(\n                 ^\n\nError: EACCES: permission denied, open "
      "'/srv/x'\n"
      "    at Object.openSync (node:fs:573:18)\n    at Object.<anonymous> (/tmp/main.js:2:15) {\n  code: "
      "'EACCES',\n"
      "  syscall: 'open',\n  path: '/srv/x'\n}\n";
  EXPECT_EQ(OfNode(node).headline, "read-only file system");
  program_ = "import json\n\nwith open(\n    '/srv/x',\n    'w',\n) as f:\n    pass\n";
  const std::string missing = "FileNotFoundError: [Errno 2] No such file or directory: '/srv/x'";
  EXPECT_EQ(Of(missing, "with open(").headline, "read-only file system");
  program_ = "const cp = require('child_process');\ncp.execSync('npm install lodash');\n";
  const Denial npm = OfNode(
      "Error: spawnSync /bin/sh EPERM\n    at Object.spawnSync (node:internal:1:1)\n"
      "    at Object.<anonymous> (/tmp/main.js:2:4) {\n  code: 'EPERM'\n}\n");
  EXPECT_EQ(npm.fix, "\"lodash\": \"*\"");
}

TEST_F(DiagnoseTest, WhatIsRaisedAnewHasTheLineOfTheFirst) {
  Evidence evidence;
  evidence.status = 255;
  evidence.stderr_bytes =
      "Traceback (most recent call last):\n  File \"main.py\", line 2, in <module>\n    f = open('/srv/x', "
      "'w')\n"
      "PermissionError: [Errno 13] Permission denied: '/srv/x'\n\nDuring handling of the above exception, "
      "another "
      "exception occurred:\n\nTraceback (most recent call last):\n  File \"main.py\", line 4, in <module>\n"
      "    raise RuntimeError(str(e))\nRuntimeError: [Errno 13] Permission denied: '/srv/x'\n";
  Diagnose(evidence, Facts());
  ASSERT_EQ(evidence.denied.size(), 1U);
  EXPECT_EQ(evidence.denied[0].headline, "read-only file system");
  EXPECT_EQ(evidence.denied[0].line, 2);
}

TEST_F(DiagnoseTest, TheFileOfTwoThatAFailureIsAbout) {
  EXPECT_EQ(
      Of("FileNotFoundError: [Errno 2] No such file or directory: '/tmp/a' -> '/srv/b'", "os.rename(a, b)")
          .object,
      "/srv/b");
  const auto copies = [this](const std::string& code, const std::string& from, const std::string& to) {
    return OfNode("Error: " + code + ": copyfile '" + from + "' -> '" + to +
                  "'\n    at Object.copyFileSync (node:fs:3)\n    at main.js:1 {\n  code: '" + code +
                  "',\n  syscall: 'copyfile',\n  path: '" + from + "',\n  dest: '" + to + "'\n}\n");
  };
  EXPECT_EQ(copies("ENOENT", "/srv/a", "/tmp/b").fix, "read_only_paths: [/srv/a]");
  EXPECT_EQ(copies("EACCES", "/tmp/a", "/srv/b").headline, "read-only file system");
  EXPECT_EQ(copies("EROFS", "/usr/a", "/usr/b").object, "/usr/b");
}

// Without a word of writing in the program, only a file that everybody may read was to be written to.
TEST_F(DiagnoseTest, AFileOfRunsThatItsPermissionsClose) {
  const std::string exception = "PermissionError: [Errno 13] Permission denied: '/usr/x'";
  for (const PathState state : {PathState::kUnreadable, PathState::kHidden}) {
    state_ = state;
    const Denial denial = Of(exception, "open('/usr/x').read()");
    EXPECT_EQ(denial.layer, "identity");
    EXPECT_EQ(denial.object, "/usr/x");
    EXPECT_THAT(denial.tried, HasSubstr("use the file"));
    EXPECT_EQ(denial.fix, "cannot be allowed: its permissions keep it from other users of the server");
    EXPECT_EQ(Of(exception, "open('/usr/x', 'w')").headline, "read-only file system");
  }
  state_ = PathState::kReadable;
  EXPECT_EQ(Of(exception, "change('/usr/x')").headline, "read-only file system");
}

TEST_F(DiagnoseTest, Limits) {
  EXPECT_EQ(Of("OSError: [Errno 24] Too many open files: '/dev/null'").fix, "limits.open_files: 2048");
  EXPECT_EQ(Of("BlockingIOError: [Errno 11] Resource temporarily unavailable", "os.fork()").fix,
            "limits.processes: 512");
  EXPECT_EQ(Of("MemoryError").fix, "limits.memory_mb: 2048");
  EXPECT_EQ(Of("numpy.core._exceptions._ArrayMemoryError: Unable to allocate 7.45 GiB for an array").fix,
            "limits.memory_mb: 8654");
}

// A larger file needs room, and what fills the room may be one file.
TEST_F(DiagnoseTest, TheLimitsOfSpaceAreRaisedTogetherWhereOneAloneWouldNotHelp) {
  const char* file = "OSError: [Errno 27] File too large";
  const char* scratch = "OSError: [Errno 28] No space left on device";
  EXPECT_EQ(Of(file).fix, "limits: {file_mb: 128, scratch_mb: 192}");
  EXPECT_EQ(Of(file).object, "limits.file_mb");
  EXPECT_EQ(Of(scratch).fix, "limits: {file_mb: 128, scratch_mb: 128}");
  EXPECT_EQ(Of(scratch).object, "limits.scratch_mb");
  config_.limit_scratch_mb = 129;
  EXPECT_EQ(Of(file).fix, "limits.file_mb: 128");
  EXPECT_EQ(Of(scratch).fix, "limits.scratch_mb: 258") << "several files fill it";
  config_.limit_scratch_mb = 1;
  EXPECT_EQ(Of(scratch).fix, "limits.scratch_mb: 2") << "a file of 64 MiB may be larger than that";
  isolation_.namespaces = false;
  EXPECT_EQ(Of(file).fix, "limits.file_mb: 128") << "the disk has no such limit";
}

TEST_F(DiagnoseTest, ThreadsMeetTheLimitThatIsNearer) {
  const char* exception = "RuntimeError: can't start new thread";
  EXPECT_EQ(Of(exception).object, "limits.memory_mb") << "128 stacks of 8 MiB";
  config_.limit_processes = 64;
  EXPECT_EQ(Of(exception).fix, "limits.processes: 128");
}

TEST_F(DiagnoseTest, ALimitThatCannotBeLarger) {
  config_.limit_processes = 32768;
  EXPECT_THAT(Of("BlockingIOError: [Errno 11] Resource temporarily unavailable", "os.fork()").fix,
              StartsWith("cannot be allowed: "));
}

TEST_F(DiagnoseTest, TheDiskOfTheServer) {
  isolation_.namespaces = false;
  EXPECT_EQ(Of("OSError: [Errno 28] No space left on device").object, "disk");
}

TEST_F(DiagnoseTest, TheNetwork) {
  EXPECT_EQ(Of("socket.gaierror: [Errno -2] Name or service not known").object, "name resolution");
  EXPECT_EQ(Of("ConnectionRefusedError: [Errno 111] Connection refused").headline, "connection refused");
  EXPECT_EQ(Of("OSError: Tunnel connection failed: 403 Forbidden").object, "proxy");
  network_ = false;
  EXPECT_EQ(Of("ConnectionRefusedError: [Errno 111] Connection refused").fix, "enable_network: true");
}

TEST_F(DiagnoseTest, Identity) {
  EXPECT_EQ(Of("KeyError: 'getpwuid(): uid not found: 10000'").object, "account");
  EXPECT_EQ(Of("PermissionError: [Errno 1] Operation not permitted: 'x'", "os.chown('x', 0, 0)").object,
            "chown");
}

TEST_F(DiagnoseTest, AProgram) {
  config_.allow_processes = true;
  state_ = PathState::kMissing;
  const Denial denial =
      Of("FileNotFoundError: [Errno 2] No such file or directory: 'ffmpeg'", "os.execvp('ffmpeg')");
  EXPECT_EQ(denial.layer, "program");
  EXPECT_EQ(denial.object, "ffmpeg");
}

TEST_F(DiagnoseTest, ARefusedCallIsTheCauseAndGetsTheLine) {
  Denial refused;
  refused.syscall = "socket";
  refused_ = {refused};
  network_ = false;
  const Denial denial = Of("PermissionError: [Errno 1] Operation not permitted");
  EXPECT_EQ(denial.syscall, "socket");
  EXPECT_EQ(denial.line, 3);
  EXPECT_EQ(Of("socket.gaierror: [Errno -3] Temporary failure in name resolution").syscall, "socket");
  EXPECT_EQ(Of("ModuleNotFoundError: No module named 'requests'").layer, "module") << "that one was survived";
}

TEST_F(DiagnoseTest, AFailureThatDoesNotComeOfARefusal) {
  const auto went_on = [&](const std::string& err) {
    Evidence evidence;
    evidence.status = 255;
    evidence.stderr_bytes = err;
    evidence.denied.push_back({.syscall = "vfork"});
    Diagnose(evidence, Facts());
    return evidence.went_on;
  };
  const std::string begin = "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n";
  EXPECT_TRUE(went_on(begin + "KeyError: 'b'\n"));
  EXPECT_FALSE(went_on(begin + "PermissionError: [Errno 1] Operation not permitted: 'ls'\n"));
  EXPECT_FALSE(went_on(begin + "ModuleNotFoundError: No module named 'x'\n")) << "that is told then";
  EXPECT_FALSE(went_on("")) << "nothing else is known";
}

TEST_F(DiagnoseTest, ARefusalThatWasLoggedBeforeTheFailure) {
  const auto went_on = [&](const std::string& between) {
    Evidence evidence;
    evidence.status = 255;
    const std::string begin = "Traceback (most recent call last):\n  File \"main.py\", line 3, in <module>\n";
    evidence.stderr_bytes = begin + "PermissionError: [Errno 1] Operation not permitted: 'ls'\n" + between +
                            begin + "KeyError: 'b'\n";
    evidence.denied.push_back({.syscall = "vfork"});
    Diagnose(evidence, Facts());
    return evidence.went_on;
  };
  EXPECT_TRUE(went_on(""));
  EXPECT_FALSE(went_on("\nDuring handling of the above exception, another exception occurred:\n\n"));
}

TEST_F(DiagnoseTest, AConnectionThatCouldNotBeHadWithoutTheNetwork) {
  Denial refused;
  refused.syscall = "socket";
  refused_ = {refused};
  network_ = false;
  EXPECT_EQ(Of("Exception: Max retries exceeded").line, 3);
  EXPECT_EQ(Of("httpx.ConnectError: all attempts failed").line, 3);
}

TEST_F(DiagnoseTest, ALimitThatEndsARunAfterARefusal) {
  const auto went_on = [&](Stop stop) {
    Evidence evidence;
    evidence.stop = stop;
    evidence.denied.push_back({.syscall = "socket"});
    Diagnose(evidence, Facts());
    return evidence.went_on;
  };
  EXPECT_TRUE(went_on(Stop::kTimeout));
  EXPECT_FALSE(went_on(Stop::kDeniedLimit));
}

TEST_F(DiagnoseTest, ARunThatWasFine) {
  Evidence evidence;
  evidence.stderr_bytes = "Traceback (most recent call last):\nModuleNotFoundError: No module named 'x'\n";
  Diagnose(evidence, Facts());
  EXPECT_TRUE(evidence.denied.empty());
}

TEST(LookAt, TellsWhatEverybodySees) {
  EXPECT_EQ(LookAt("/usr"), PathState::kReadable);
  EXPECT_EQ(LookAt("/usr/no-such-file"), PathState::kMissing);
  EXPECT_EQ(LookAt("/usr/../usr/bin/env"), PathState::kReadable);
  EXPECT_EQ(LookAt("/etc/shadow"), PathState::kUnreadable);
  EXPECT_EQ(LookAt("/dev/null"), PathState::kUnreadable);
}

TEST_F(DiagnoseTest, ALimitOfTheRequestIsRaisedInTheRequest) {
  in_request_ = config_;
  in_request_->limit_memory_mb = 64;
  in_request_->limit_processes = 8;
  const Denial denial = Of("MemoryError");
  EXPECT_EQ(denial.object, "limits.memory_mb");
  EXPECT_EQ(denial.fix, "limits: {memory_mb: 128, processes: 8}");
  EXPECT_EQ(denial.fix_in, fix_in::kRequest);
  EXPECT_THAT(denial.why, HasSubstr("emory limit 64 MiB reached, by limits.memory_mb of the request"));
}

TEST_F(DiagnoseTest, ALimitThatTheConfigurationHasTooIsRaisedInBoth) {
  in_request_ = config_;
  in_request_->limit_memory_mb = config_.limit_memory_mb - 1;
  in_request_->limit_processes = 8;
  const Denial denial = Of("MemoryError");
  EXPECT_EQ(denial.fix, "limits: {memory_mb: 2046}");
  EXPECT_EQ(denial.fix_in, fix_in::kBoth);
}

TEST_F(DiagnoseTest, TheScratchDirectoryIsFullOfFilesOrOfBytes) {
  EXPECT_EQ(Of("OSError: [Errno 28] No space left on device: 'x'").object, "limits.scratch_files");
  EXPECT_EQ(Of("OSError: [Errno 28] No space left on device").object, "limits.scratch_mb");
}

}  // namespace
}  // namespace sandgate
