// SPDX-License-Identifier: Apache-2.0
// yaml-cpp reads the first document and leaves the rest. YAML::LoadAll would read all, but does not end where
// a document begins with a comma: yaml-cpp 0.7 takes it for a null and leaves it where it is, each time.
#include "config/yaml_document.h"

#include <yaml-cpp/eventhandler.h>

#include <sstream>

namespace sandgate {

namespace {

// Where the document that was read last begins, and whether it is without content.
class Extent : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override {
    begin = mark;
    empty = true;
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override {}
  void OnAlias(const YAML::Mark& /*mark*/, YAML::anchor_t /*anchor*/) override { empty = false; }
  void OnScalar(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                const std::string& /*value*/) override {
    empty = false;
  }
  void OnSequenceStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                       YAML::EmitterStyle::value /*style*/) override {
    empty = false;
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark& /*mark*/, const std::string& /*tag*/, YAML::anchor_t /*anchor*/,
                  YAML::EmitterStyle::value /*style*/) override {
    empty = false;
  }
  void OnMapEnd() override {}

  YAML::Mark begin = YAML::Mark::null_mark();
  bool empty = true;
};

// Throws where anything but documents without content follows the first.
void CheckRest(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  Extent extent;
  parser.HandleNextDocument(extent);
  for (int last = extent.begin.pos; parser.HandleNextDocument(extent); last = extent.begin.pos) {
    if (extent.begin.pos == last) throw YAML::ParserException(extent.begin, "nothing can begin like this");
    if (extent.empty) continue;
    throw YAML::ParserException(
        extent.begin, "a second document begins here; remove the `---` or `...` that ends the first");
  }
}

}  // namespace

YAML::Node ParseDocument(const std::string& text) {
  YAML::Node document = YAML::Load(text);
  CheckRest(text);
  return document;
}

}  // namespace sandgate
