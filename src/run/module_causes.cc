// SPDX-License-Identifier: Apache-2.0
// Modules and shared libraries that are not there. A name that a program printed is offered as a package only
// if it is a plain name.
#include <algorithm>
#include <cctype>
#include <iterator>
#include <optional>
#include <regex>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "run/causes.h"
#include "run/environments.h"

namespace sandgate::causes {

namespace {

constexpr std::string_view kModuleHeadline = "no such module";
constexpr std::size_t kMaxName = 100;
constexpr std::size_t kSearchedBytes = 300;  // std::regex needs stack for each character

struct Distribution {
  std::string_view module;
  std::string_view name;
};

// Modules whose package has another name, those of namespaces that packages share among them. Of several the
// first is recommended.
constexpr Distribution kDistributions[] = {
    {"absl", "absl-py"},
    {"attr", "attrs"},
    {"azure.core", "azure-core"},
    {"azure.cosmos", "azure-cosmos"},
    {"azure.identity", "azure-identity"},
    {"azure.storage.blob", "azure-storage-blob"},
    {"barcode", "python-barcode"},
    {"Bio", "biopython"},
    {"bs4", "beautifulsoup4"},
    {"bson", "pymongo"},
    {"camelot", "camelot-py"},
    {"Crypto", "pycryptodome"},
    {"Cryptodome", "pycryptodomex"},
    {"cv2", "opencv-python-headless"},
    {"cv2", "opencv-python"},
    {"cv2", "opencv-contrib-python"},
    {"cv2", "opencv-contrib-python-headless"},
    {"dateutil", "python-dateutil"},
    {"discord", "discord.py"},
    {"dns", "dnspython"},
    {"docx", "python-docx"},
    {"dotenv", "python-dotenv"},
    {"faiss", "faiss-cpu"},
    {"ffmpeg", "ffmpeg-python"},
    {"fitz", "PyMuPDF"},
    {"git", "GitPython"},
    {"github", "PyGithub"},
    {"google.auth", "google-auth"},
    {"google.cloud.bigquery", "google-cloud-bigquery"},
    {"google.cloud.storage", "google-cloud-storage"},
    {"google.genai", "google-genai"},
    {"google.generativeai", "google-generativeai"},
    {"google.oauth2", "google-auth"},
    {"google.protobuf", "protobuf"},
    {"googleapiclient", "google-api-python-client"},
    {"humps", "pyhumps"},
    {"igraph", "python-igraph"},
    {"jose", "python-jose"},
    {"jwt", "PyJWT"},
    {"kafka", "kafka-python"},
    {"ldap", "python-ldap"},
    {"magic", "python-magic"},
    {"mpl_toolkits", "matplotlib"},
    {"mysql.connector", "mysql-connector-python"},
    {"MySQLdb", "mysqlclient"},
    {"nacl", "PyNaCl"},
    {"nmap", "python-nmap"},
    {"odf", "odfpy"},
    {"OpenGL", "PyOpenGL"},
    {"OpenSSL", "pyOpenSSL"},
    {"paddle", "paddlepaddle"},
    {"PIL", "Pillow"},
    {"pkg_resources", "setuptools"},
    {"pptx", "python-pptx"},
    {"psycopg2", "psycopg2-binary"},
    {"pymysql", "PyMySQL"},
    {"qcloud_cos", "cos-python-sdk-v5"},
    {"rest_framework", "djangorestframework"},
    {"ruamel.yaml", "ruamel.yaml"},
    {"serial", "pyserial"},
    {"skimage", "scikit-image"},
    {"sklearn", "scikit-learn"},
    {"slugify", "python-slugify"},
    {"snowflake.connector", "snowflake-connector-python"},
    {"socks", "PySocks"},
    {"speech_recognition", "SpeechRecognition"},
    {"tabula", "tabula-py"},
    {"telebot", "pyTelegramBotAPI"},
    {"telegram", "python-telegram-bot"},
    {"tencentcloud", "tencentcloud-sdk-python"},
    {"umap", "umap-learn"},
    {"usb", "pyusb"},
    {"websocket", "websocket-client"},
    {"yaml", "PyYAML"},
    {"zmq", "pyzmq"},
};

// Namespaces: packages have parts of them, and none all.
constexpr std::string_view kNamespaces[] = {"aspose", "azure", "google", "mysql", "ruamel", "snowflake"};

constexpr std::string_view kOfWindows[] = {"msvcrt",   "pythoncom", "pythonwin", "pywintypes",
                                           "win32api", "win32com",  "win32con",  "win32gui",
                                           "winreg",   "winsound",  "wmi"};

// Modules whose package has their name, of those that programs miss most often.
constexpr std::string_view kSameName[] = {
    "aiohttp",  "anthropic", "boto3",   "chardet",  "cryptography", "fastapi",    "flask",
    "httpx",    "jieba",     "jinja2",  "lxml",     "markdown",     "matplotlib", "networkx",
    "nltk",     "numpy",     "openai",  "openpyxl", "pandas",       "pdfplumber", "plotly",
    "psutil",   "pydantic",  "pymongo", "pypdf",    "pytz",         "redis",      "regex",
    "requests", "scipy",     "seaborn", "spacy",    "sqlalchemy",   "sympy",      "tabulate",
    "tenacity", "tiktoken",  "torch",   "tqdm",     "transformers", "xlrd",       "xlsxwriter",
};

// Of the standard library, but left out of some builds or gone from newer ones: no package has them.
constexpr std::string_view kStandard[] = {
    "_bz2",     "_ctypes",  "_curses", "_lzma",  "_sqlite3",  "_ssl",      "_tkinter",
    "asynchat", "asyncore", "cgi",     "curses", "dbm.gnu",   "distutils", "ensurepip",
    "imp",      "readline", "sqlite3", "smtpd",  "telnetlib", "tkinter",   "turtle",
};

struct Package {
  std::string_view library;
  std::string_view name;
};

// Debian packages of libraries that Python packages load.
constexpr Package kLibraries[] = {
    {"libGL.so", "libgl1"},
    {"libglib-2.0.so", "libglib2.0-0"},
    {"libgthread-2.0.so", "libglib2.0-0"},
    {"libgomp.so", "libgomp1"},
    {"libmagic.so", "libmagic1"},
    {"libpq.so", "libpq5"},
    {"libxml2.so", "libxml2"},
    {"libxslt.so", "libxslt1.1"},
    {"libSM.so", "libsm6"},
    {"libXext.so", "libxext6"},
    {"libXrender.so", "libxrender1"},
    {"libcairo.so", "libcairo2"},
    {"libpango-1.0.so", "libpango-1.0-0"},
};

std::string TopOf(const std::string& module) { return module.substr(0, module.find('.')); }

bool IsPartOf(std::string_view module, std::string_view whole) {
  const bool is_name =
      module.size() <= kMaxName && !module.ends_with('.') && module.find("..") == std::string_view::npos;
  return is_name && module.starts_with(whole) &&
         (module.size() == whole.size() || module[whole.size()] == '.');
}

// The packages of another name that have the module, the recommended one first.
std::vector<std::string> DistributionsOf(const std::string& module) {
  std::vector<std::string> names;
  for (const Distribution& one : kDistributions) {
    if (IsPartOf(module, one.module)) names.emplace_back(one.name);
  }
  return names;
}

// What `line` consists of but for names: "import os, a.b" is "import", "os", "a.b".
std::vector<std::string> NamesIn(std::string line) {
  const auto is_other = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '_' && c != '.';
  };
  std::ranges::replace_if(line, is_other, ' ');
  std::istringstream words(line);
  return {std::istream_iterator<std::string>(words), {}};
}

// The module as the program names it, of which the exception may name the first part only: "google.protobuf"
// of `from google.protobuf import struct_pb2`, and of `from google import protobuf`.
std::string ImportedAs(const std::string& module, const Complaint& complaint) {
  std::string found = module;
  std::istringstream frames(complaint.frames);
  for (std::string line; std::getline(frames, line);) {
    const std::vector<std::string> names = NamesIn(line);
    for (const std::string& name : names) {
      if (name != module && IsPartOf(name, module)) found = name;
    }
    if (names.size() < 4 || names[0] != "from" || !IsPartOf(names[1], module)) continue;
    const std::string part = names[1] + "." + names[3];
    found = names[1] == module || !DistributionsOf(part).empty() ? part : names[1];
  }
  return found;
}

// As those of a namespace are often called: azure-functions has azure.functions.
std::string UsualName(std::string module) {
  std::ranges::replace(module, '.', '-');
  return module;
}

bool TopIsOneOf(std::span<const std::string_view> names, const std::string& module) {
  return std::ranges::find(names, TopOf(module)) != names.end();
}

Denial Missing(const std::string& module, const Complaint& complaint, const RunFacts& facts) {
  return About({"module", module, kModuleHeadline, Message(facts.locale, "import the module {}", module)},
               complaint);
}

struct Packages {
  std::string line;                // what is added to the file of packages for the first of `names`
  std::vector<std::string> names;  // one of them has the module
  bool is_known = true;            // that they have it; else there may be a package of that name
};

// The first that the operator's file names, and what became of it.
std::pair<std::string, PackageState> FirstNamed(const std::vector<std::string>& names,
                                                const RunFacts& facts) {
  if (!facts.package_state) return {"", PackageState::kNotNamed};
  for (const std::string& name : names) {
    const PackageState state = facts.package_state(name);
    if (state != PackageState::kNotNamed) return {name, state};
  }
  return {"", PackageState::kNotNamed};
}

std::string HowItIsInstalled(const RunFacts& facts) {
  return Message(facts.locale,
                 "the server installs it when it starts, on SIGHUP, and when "
                 "POST /v1/sandbox/dependencies/update?language={} asks for it",
                 LanguageName(facts.language));
}

// For a package that stands in the file already; of that file nothing else is told.
Denial AlreadyNamed(Denial denial, const std::string& package, PackageState state, const std::string& file,
                    const RunFacts& facts) {
  const Locale locale = facts.locale;
  denial.fix_in = fix_in::kServer;
  switch (state) {
    case PackageState::kInstalling:
      denial.why = Message(locale, "The package {} is in {} and is being installed.", package, file);
      denial.fix = Message(locale, "run the code again when that has ended; GET /ready tells how far it is");
      break;
    case PackageState::kFailed:
      denial.why =
          Message(locale, "The package {} is in {}, whose packages could not be installed.", package, file);
      CannotBeAllowed(denial,
                      Message(locale,
                              "the operator mends that; the reason is in the log of the server and, with a "
                              "key, in GET /ready"),
                      locale);
      break;
    case PackageState::kMended:
      denial.why = Message(locale,
                           "The package {} is in {}, which has changed since its packages could not be "
                           "installed.",
                           package, file);
      denial.fix = HowItIsInstalled(facts);
      break;
    case PackageState::kInstalled:
      denial.why = Message(locale, "The package {} is in {} and installed, but has no module of this name.",
                           package, file);
      CannotBeAllowed(denial, Message(locale, "its documentation tells by which name it is imported"),
                      locale);
      break;
    default:
      denial.why = Message(locale, "The package {} is in {}, but is not installed yet.", package, file);
      denial.fix = HowItIsInstalled(facts);
  }
  return denial;
}

Denial Install(Denial denial, Packages packages, const RunFacts& facts) {
  const std::string file = RequirementsPlace(facts.config, {facts.language, facts.environment});
  const auto [package, state] = FirstNamed(packages.names, facts);
  if (state != PackageState::kNotNamed) return AlreadyNamed(std::move(denial), package, state, file, facts);
  const bool python = facts.language == Language::kPython;
  const std::string& interpreter = python ? facts.config.python_path : facts.config.nodejs_path;
  denial.why =
      facts.packages_failed
          ? Message(facts.locale,
                    "It is not installed for the interpreter of runs, {}, and the packages in {} "
                    "could not be installed (the reason is in the log of the server and, with a "
                    "key, in GET /ready).",
                    interpreter, file)
      : packages.is_known
          ? Message(facts.locale, "It is not installed for the interpreter of runs, {}.", interpreter)
          : Message(facts.locale,
                    "It is not installed for the interpreter of runs, {}; its package often has the same "
                    "name, but look "
                    "before that it is the one you mean.",
                    interpreter);
  denial.fix = std::move(packages.line);
  denial.fix_in = file;
  return denial;
}

// "requests.nothing": Python looks for it only when it has imported `requests`. What is known to come in a
// package of its own is another matter.
bool IsPartOfWhatIsThere(const std::string& module) {
  const auto has_it = [&module](const Distribution& one) {
    return one.module.find('.') != std::string_view::npos && IsPartOf(module, one.module);
  };
  return module.find('.') != std::string::npos && !TopIsOneOf(kNamespaces, module) &&
         std::ranges::none_of(kDistributions, has_it);
}

Cause PythonModule(const Complaint& complaint, const RunFacts& facts) {
  static const std::regex kNoModule(R"(^No module named '([A-Za-z_][\w.]*)'(?:; .*)?$)");
  std::smatch match;
  if (complaint.type != "ModuleNotFoundError" && complaint.type != "ImportError") return std::nullopt;
  if (!std::regex_match(complaint.message, match, kNoModule)) return std::nullopt;
  const std::string module = match[1];
  if (module.size() > kMaxName) return std::nullopt;
  // zoneinfo asks for it last: where the system has the data, the name is of no time zone.
  const bool is_for_zone = module == "tzdata" && complaint.Mentions("zoneinfo");
  if (is_for_zone && facts.look && facts.look("/usr/share/zoneinfo") == PathState::kReadable) {
    return std::nullopt;
  }
  Denial denial = Missing(module, complaint, facts);
  if (TopIsOneOf(kOfWindows, module)) {
    return Never(std::move(denial), "it is a part of Windows", "no package has it for Linux", facts.locale);
  }
  if (TopIsOneOf(kStandard, module)) {
    return Never(std::move(denial), "it belongs to the standard library, and this Python comes without it",
                 "no package has it; choose another interpreter with python_path", facts.locale);
  }
  if (IsPartOfWhatIsThere(module)) {
    return Never(std::move(denial), "Its package is there, but has no module of this name.",
                 "it may belong to another version, or to a package of its own", facts.locale);
  }
  const std::string imported = ImportedAs(module, complaint);
  std::vector<std::string> names = DistributionsOf(imported);
  const bool is_known = !names.empty() || TopIsOneOf(kSameName, module);
  const bool is_shared = TopIsOneOf(kNamespaces, module);
  if (!is_known && is_shared && imported == TopOf(module)) {
    return Never(std::move(denial), "many packages have parts of it, and none of them is installed for runs",
                 "its documentation tells which package has this part", facts.locale);
  }
  names.push_back(is_shared ? UsualName(imported) : TopOf(module));
  std::string first = names.front();
  return Install(std::move(denial), {std::move(first), std::move(names), is_known}, facts);
}

// "lodash/fp" -> "lodash", "@scope/name/x" -> "@scope/name"
std::string PackageOf(const std::string& request) {
  std::size_t slash = request.find('/');
  if (request.starts_with('@') && slash != std::string::npos) slash = request.find('/', slash + 1);
  return request.substr(0, slash);
}

Cause NodeModule(const Complaint& complaint, const RunFacts& facts) {
  static const std::regex kNoModule(R"(^Cannot find (?:module|package) '([^']+)'.*$)");
  static const std::regex kName(R"(^(?:@[a-z0-9._~-]+/)?[A-Za-z0-9_~-][A-Za-z0-9._~-]*$)");
  std::smatch match;
  if (!std::regex_match(complaint.message, match, kNoModule)) return std::nullopt;
  std::string request = match[1];
  // As the program names it: elsewhere than at /tmp the directory has a name that nobody knows.
  if (facts.scratch != "/tmp" && request.starts_with(facts.scratch + "/")) {
    request.replace(0, facts.scratch.size(), ".");
  }
  if (request.size() > kMaxName) return std::nullopt;
  const bool is_path = request.starts_with('.') || request.starts_with('/');
  const std::string package = PackageOf(request);
  Denial denial = Missing(is_path ? request : package, complaint, facts);
  if (is_path) {
    return Never(std::move(denial), "a run is one file: there are no other files of the program beside it",
                 "put the code of that file into the program", facts.locale);
  }
  if (!std::regex_match(package, kName)) return std::nullopt;
  return Install(std::move(denial), {"\"" + package + "\": \"*\"", {package}}, facts);
}

std::string_view PackageWith(const std::string& library) {
  for (const Package& one : kLibraries) {
    if (library.starts_with(one.library)) return one.name;
  }
  return "";
}

struct Installer {
  std::string_view name;
  std::optional<Language> language;  // whose packages; nothing: the system's
};

constexpr Installer kInstallers[] = {
    {"pip", Language::kPython},   {"pip3", Language::kPython}, {"conda", Language::kPython},
    {"mamba", Language::kPython}, {"uv", Language::kPython},   {"npm", Language::kNode},
    {"yarn", Language::kNode},    {"pnpm", Language::kNode},   {"apt-get", std::nullopt},
    {"apt", std::nullopt},
};
constexpr std::string_view kInstall[] = {"install", "add", "i"};
// Options of pip that are followed by a value.
constexpr std::string_view kWithValue[] = {
    "-r",
    "--requirement",
    "-c",
    "--constraint",
    "-t",
    "--target",
    "-i",
    "--index-url",
    "--extra-index-url",
    "--trusted-host",
    "-f",
    "--find-links",
    "--proxy",
    "--prefix",
    "--root",
    "--platform",
    "--python-version",
    "--timeout",
    "--retries",
    "--cert",
    "--cache-dir",
    "-e",
    "--editable",
};

// "sys.executable, '-m', 'pip', 'install', 'pandas==2.2'" and "'pip install pandas'": its literals, taken
// apart at blanks, up to the bracket that ends them.
std::vector<std::string> WordsOf(std::string_view call) {
  std::vector<std::string> words;
  for (std::size_t at = call.find_first_of("'\"])");
       at != std::string_view::npos && call[at] != ']' && call[at] != ')';) {
    const std::size_t end = call.find(call[at], at + 1);
    if (end == std::string_view::npos) break;
    std::istringstream text{std::string(call.substr(at + 1, end - at - 1))};
    std::copy(std::istream_iterator<std::string>(text), {}, std::back_inserter(words));
    at = call.find_first_of("'\"])", end + 1);
  }
  return words;
}

// The installer that these words call, and what follows its word for installing.
std::pair<const Installer*, std::vector<std::string>> InstallerIn(const std::vector<std::string>& words) {
  for (auto word = words.begin(); word != words.end(); ++word) {
    const std::string_view program = std::string_view(*word).substr(word->rfind('/') + 1);
    const auto known = std::ranges::find(kInstallers, program, &Installer::name);
    if (known == std::end(kInstallers)) continue;
    const auto install = std::find_first_of(word, words.end(), std::begin(kInstall), std::end(kInstall));
    if (install != words.end()) return {known, {install + 1, words.end()}};
  }
  return {nullptr, {}};
}

// Names of packages, without their versions.
std::vector<std::string> PackagesAmong(const std::vector<std::string>& words) {
  static const std::regex kPackage(
      R"(^((?:@[a-z0-9._-]{1,60}/)?[A-Za-z0-9][A-Za-z0-9._-]{0,60})(?:\[[\w,.-]{0,60}\])?(?:[=<>~!@][^ ]{0,40})?$)");
  std::vector<std::string> names;
  for (auto word = words.begin(); word != words.end(); ++word) {
    std::smatch match;
    if (std::ranges::find(kWithValue, *word) != std::end(kWithValue)) {
      if (++word == words.end()) break;
    } else if (!word->ends_with(".txt") && !word->ends_with(".whl") &&
               std::regex_match(*word, match, kPackage)) {
      names.push_back(match[1]);
    }
  }
  return names;
}

// What starts a program.
constexpr std::string_view kStarters[] = {"run(",          "check_call(", "check_output(",   "Popen(",
                                          "system(",       "popen(",      "exec(",           "call(",
                                          "execSync(",     "spawn(",      "spawnSync(",      "execFile(",
                                          "execFileSync(", "getoutput(",  "getstatusoutput("};

// From the bracket of the call that starts a program, or nothing.
std::string_view StarterIn(std::string_view text) {
  for (const std::string_view starter : kStarters) {
    const std::size_t at = text.find(starter);
    if (at != std::string_view::npos) return text.substr(at + starter.size(), kSearchedBytes);
  }
  return "";
}

std::string WhoInstalls(const Installer& installer, const RunFacts& facts) {
  if (!installer.language) return Message(facts.locale, "the operator installs them on the server");
  return Message(facts.locale, "the operator lists them in {}",
                 RequirementsPlace(facts.config, {*installer.language, facts.environment}));
}

bool IsKnownPackage(const std::string& name) {
  return std::ranges::find(kSameName, name) != std::end(kSameName) ||
         std::ranges::find(kDistributions, name, &Distribution::name) != std::end(kDistributions);
}

}  // namespace

// To allow processes would not help: an installer cannot write where packages lie.
Cause InstallerCall(const Complaint& complaint, const RunFacts& facts) {
  if (complaint.type == "ModuleNotFoundError") return std::nullopt;
  std::vector<std::string> texts{complaint.statement};
  std::istringstream frames(complaint.frames);
  for (std::string line; std::getline(frames, line);) texts.push_back(line);
  for (const std::string& text : texts) {
    const auto [installer, words] = InstallerIn(WordsOf(StarterIn(text)));
    if (installer == nullptr) continue;
    const std::vector<std::string> names = PackagesAmong(words);
    Denial denial =
        About({"module", std::string(installer->name), "packages are the operator's", ""}, complaint);
    if (names.empty() || installer->language != facts.language || names.front() == installer->name) {
      denial.tried = Message(facts.locale, "install packages with {}", installer->name);
      denial.why = Message(facts.locale, "A run cannot write where packages lie.");
      CannotBeAllowed(denial, WhoInstalls(*installer, facts), facts.locale);
      return denial;
    }
    if (facts.package_state && facts.package_state(names.front()) == PackageState::kInstalled)
      return std::nullopt;
    denial.object = names.front();
    denial.tried = Message(facts.locale, "install the package {}", names.front());
    const std::string fix =
        facts.language == Language::kNode ? "\"" + names.front() + "\": \"*\"" : names.front();
    return Install(std::move(denial), {fix, {names.front()}, IsKnownPackage(names.front())}, facts);
  }
  return std::nullopt;
}

Cause Module(const Complaint& complaint, const RunFacts& facts) {
  return facts.language == Language::kPython ? PythonModule(complaint, facts) : NodeModule(complaint, facts);
}

Cause Library(const Complaint& complaint, const RunFacts& facts) {
  static const std::regex kNoLibrary(R"(^(?:Error: )?([\w./+-]+): cannot open shared object file.*$)");
  std::smatch match;
  if (!std::regex_match(complaint.message, match, kNoLibrary)) return std::nullopt;
  const std::string library = match[1];
  if (library.starts_with('/') && IsOwn(library, facts)) return std::nullopt;
  Denial denial = About({"library", library, "no such shared library",
                         Message(facts.locale, "load the shared library {}", library)},
                        complaint);
  denial.why = Message(facts.locale, "It is not among the files that runs see.");
  if (library.starts_with('/')) {
    AllowPath(denial, library, "the server has no such file", facts);
    return denial;
  }
  const std::string_view package = PackageWith(library);
  const std::string reason =
      package.empty()
          ? Message(facts.locale, "the server has no such library; install the system package with it")
          : Message(facts.locale, "the server has no such library; install its system package ({})", package);
  CannotBeAllowed(denial, reason, facts.locale);
  return denial;
}

}  // namespace sandgate::causes
