// SPDX-License-Identifier: Apache-2.0
#include "run/judge.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

namespace sandgate {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const Limits kConfigured{.worker_timeout = 5,
                         .limit_cpu_seconds = 3,
                         .limit_memory_mb = 64,
                         .limit_scratch_mb = 7,
                         .limit_scratch_files = 9,
                         .limit_stdout_bytes = 100,
                         .limit_stderr_bytes = 200,
                         .limit_denied_calls = 10};
const RunLimits kLimits{kConfigured, kConfigured, kConfigured};

Evidence Exited(int status, std::string err = "") {
  Evidence evidence;
  evidence.status = status;
  evidence.stderr_bytes = std::move(err);
  return evidence;
}

Denial SomeDenial() {
  Denial denial;
  denial.syscall = "execve";
  denial.tried = "start another program (\"/bin/sh\")";
  denial.why = "Programs are not allowed.";
  denial.fix = "allow_processes: true";
  denial.fix_in = fix_in::kConfig;
  denial.count = 1;
  return denial;
}

TEST(Judge, SuccessHasNoErrorEvenWithStderrAndDenials) {
  Evidence evidence = Exited(0, "a warning\n");
  evidence.denied.push_back(SomeDenial());
  const RunResult result = Judge(evidence, kLimits);
  EXPECT_EQ(result.outcome, Outcome::kOk);
  EXPECT_EQ(result.error, "");
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_EQ(result.stderr_bytes, "a warning\n");
  EXPECT_EQ(result.denied.size(), 1u);
}

TEST(Judge, FailureIsExitCodeThenStderr) {
  EXPECT_EQ(Judge(Exited(3), kLimits).error, "process exited with code 3");
  const RunResult result = Judge(Exited(255, "Traceback\nValueError: x\n"), kLimits);
  EXPECT_EQ(result.outcome, Outcome::kFailed);
  EXPECT_EQ(result.error, "process exited with code 255\nTraceback\nValueError: x\n");
}

TEST(Judge, MemoryOfTheRunAsAWholeIsNamedWhoeverWasEnded) {
  RunLimits limits = kLimits;
  limits.run_memory_mb = 160;
  Evidence killed = Exited(SIGKILL);
  killed.signalled = true;
  killed.cgroup.memory_reached = true;
  Evidence survived = Exited(0);  // another process of the run was ended
  survived.cgroup.memory_reached = true;
  Evidence ended_by_us = killed;
  ended_by_us.stop = Stop::kRunMemory;
  ended_by_us.cgroup.memory_reached = false;
  for (const Evidence& evidence : {killed, survived, ended_by_us}) {
    const RunResult result = Judge(evidence, limits);
    EXPECT_EQ(result.outcome, Outcome::kOutOfMemory);
    EXPECT_THAT(result.error,
                HasSubstr("error: out of memory\nmemory limit 160 MiB reached (limits.run_memory_mb)"));
  }
}

TEST(Judge, FailureAfterARefusalSaysWhatWasRefusedAndTheFix) {
  Evidence evidence = Exited(255, "PermissionError\n");
  evidence.denied.push_back(SomeDenial());
  const std::string error = Judge(evidence, kLimits).error;
  EXPECT_THAT(error, StartsWith("process exited with code 255\nerror: operation not permitted\n"));
  EXPECT_THAT(error, HasSubstr("allow_processes: true"));
  EXPECT_THAT(error, HasSubstr("PermissionError\n"));
}

TEST(Judge, TimeoutNamesLimitAndSetting) {
  Evidence evidence = Exited(0);
  evidence.signalled = true;
  evidence.status = SIGKILL;
  evidence.stop = Stop::kTimeout;
  evidence.stdout_bytes = "partial";
  const RunResult result = Judge(evidence, kLimits);
  EXPECT_EQ(result.outcome, Outcome::kTimeout);
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_THAT(result.error, StartsWith("process exited with code -1\nerror: timeout\n"));
  EXPECT_THAT(result.error, HasSubstr("5 s"));
  EXPECT_THAT(result.error, HasSubstr("worker_timeout"));
  EXPECT_EQ(result.stdout_bytes, "partial");
}

TEST(Judge, OutputLimitNamesStreamSizeAndSetting) {
  Evidence evidence = Exited(0);
  evidence.signalled = true;
  evidence.status = SIGKILL;
  evidence.stop = Stop::kStderrLimit;
  const RunResult result = Judge(evidence, kLimits);
  EXPECT_EQ(result.outcome, Outcome::kOutputLimit);
  EXPECT_THAT(result.error, HasSubstr("stderr reached 200 bytes"));
  EXPECT_THAT(result.error, HasSubstr("limits.stderr_bytes"));
}

TEST(Judge, OutputOverTheLimitEndsEvenARunThatHadExited) {
  Evidence evidence = Exited(0);
  evidence.stop = Stop::kStdoutLimit;
  EXPECT_EQ(Judge(evidence, kLimits).outcome, Outcome::kOutputLimit);
}

TEST(Judge, ARefusalAfterWhichTheProgramWentOnIsNotToldAsTheError) {
  Evidence evidence = Exited(255, "Traceback\nKeyError: 'b'\n");
  evidence.denied.push_back(SomeDenial());
  evidence.went_on = true;
  const std::string error = Judge(evidence, kLimits).error;
  EXPECT_THAT(error, StartsWith("process exited with code 255\nnote: refused before; this may be why it "
                                "failed\nthe code tried to start another program"));
  EXPECT_THAT(error, testing::Not(HasSubstr("error:")));
}

TEST(Judge, TheReadersLanguageKeepsTheLinesThatClientsKnow) {
  Evidence evidence = Exited(0);
  evidence.stop = Stop::kTimeout;
  evidence.denied.push_back(SomeDenial());
  const std::string error = Judge(evidence, kLimits, Locale::kChinese).error;
  EXPECT_THAT(error, StartsWith("process exited with code -1\nerror: timeout\n"));
  EXPECT_THAT(error, HasSubstr("\nerror: operation not permitted\n"));
  EXPECT_THAT(error, HasSubstr("worker_timeout"));
  EXPECT_THAT(error, testing::Not(HasSubstr("The run was ended")));
}

TEST(Judge, ACauseHasALineOfItsOwn) {
  Evidence evidence = Exited(255, "ModuleNotFoundError\n");
  evidence.denied.push_back(SomeDenial());
  evidence.denied.back().headline = "no such module";
  EXPECT_THAT(Judge(evidence, kLimits).error,
              StartsWith("process exited with code 255\nerror: no such module\n"));
}

TEST(Judge, SignalIsNamed) {
  Evidence evidence = Exited(0);
  evidence.signalled = true;
  evidence.status = SIGSEGV;
  const RunResult result = Judge(evidence, kLimits);
  EXPECT_EQ(result.outcome, Outcome::kSignal);
  EXPECT_EQ(result.exit_code, -1);
  EXPECT_THAT(result.error, HasSubstr("error: signal: segmentation fault (SIGSEGV)"));
}

TEST(Judge, OutOfMemoryNamesTheLimit) {
  Evidence killed = Exited(SIGABRT, "FATAL ERROR: Reached heap limit - JavaScript heap out of memory\n");
  killed.signalled = true;
  for (const Evidence& evidence : {Exited(1, "Traceback\nMemoryError\n"),
                                   Exited(1, "numpy.core._exceptions._ArrayMemoryError: Unable\n"),
                                   Exited(1, "MemoryError: std::bad_alloc\n"), killed}) {
    const std::string& err = evidence.stderr_bytes;
    const RunResult result = Judge(evidence, kLimits);
    EXPECT_EQ(result.outcome, Outcome::kOutOfMemory) << err;
    EXPECT_THAT(result.error, HasSubstr("64 MiB"));
    EXPECT_THAT(result.error, HasSubstr("limits.memory_mb"));
  }
  EXPECT_EQ(Judge(Exited(0, "MemoryError\n"), kLimits).outcome, Outcome::kOk);
}

TEST(Judge, AProgramThatOnlySpeaksOfMemoryHasNotReachedItsLimit) {
  for (const char* err : {"MemoryErrorInAgent: of the user\n",
                          "ValueError: cannot classify log: JavaScript heap out of memory\n",
                          "ValueError: a std::bad_alloc in line 3\n",
                          "Error: \"FATAL ERROR: JavaScript heap out of memory\"\n"}) {
    EXPECT_EQ(Judge(Exited(1, err), kLimits).outcome, Outcome::kFailed) << err;
  }
}

// As Node.js ends with it, not as a program prints it.
TEST(Judge, ABufferThatNodeCannotAllocateIsMemory) {
  const std::string head = "/tmp/main.js:1\nnew Uint8Array(1e7)\n^\n\n";
  const std::string error = "RangeError: Array buffer allocation failed\n";
  const std::string frames =
      "    at new ArrayBuffer (<anonymous>)\n    at Object.<anonymous> (/tmp/main.js:1:1)\n";
  const std::string version = "\nNode.js v20.20.2\n";
  const auto outcome = [](const std::string& err) { return Judge(Exited(1, err), kLimits).outcome; };
  EXPECT_EQ(outcome(head + error + frames + version), Outcome::kOutOfMemory);
  EXPECT_EQ(outcome(head + "DataCloneError: Data cannot be cloned, out of memory.\n" + frames + version),
            Outcome::kOutOfMemory);
  EXPECT_EQ(outcome(error + frames), Outcome::kFailed) << "caught and printed";
  EXPECT_EQ(outcome(error + frames + head + "Error: another\n" + frames + version), Outcome::kFailed);
  EXPECT_EQ(outcome("    at x\n\nNode.js v20"), Outcome::kFailed);
}

TEST(Judge, TheLimitThatEndedARunIsNamedWithValueAndSetting) {
  const auto hit = [](Stop stop) {
    Evidence evidence = Exited(0);
    evidence.stop = stop;
    const RunResult result = Judge(evidence, kLimits);
    return fmt::format("{} {} {} {}", OutcomeName(result.outcome), result.limit->name, result.limit->value,
                       result.limit->setting);
  };
  EXPECT_EQ(hit(Stop::kTimeout), "timeout limits.wall_seconds 5 worker_timeout");
  EXPECT_EQ(hit(Stop::kStderrLimit), "output_limit limits.stderr_bytes 200 limits.stderr_bytes");
  EXPECT_EQ(hit(Stop::kCpuLimit), "cpu_limit limits.cpu_seconds 3 limits.cpu_seconds");
  EXPECT_EQ(hit(Stop::kScratchSize), "disk_limit limits.scratch_mb 7 limits.scratch_mb");
  EXPECT_EQ(hit(Stop::kScratchFiles), "disk_limit limits.scratch_files 9 limits.scratch_files");
  EXPECT_FALSE(Judge(Exited(3), kLimits).limit);
  EXPECT_EQ(Judge(Exited(1, "MemoryError\n"), kLimits).limit->name, "limits.memory_mb");
  EXPECT_THAT(Judge(Exited(1, "MemoryError\n"), kLimits).error, HasSubstr("memory limit 64 MiB reached"));
}

TEST(Judge, ALimitThatTheRequestLoweredNamesTheRequest) {
  RunLimits limits = kLimits;
  limits.in_force.worker_timeout = 2;
  Evidence evidence = Exited(0);
  evidence.stop = Stop::kTimeout;
  const RunResult result = Judge(evidence, limits);
  EXPECT_EQ(result.limit->set_in, fix_in::kRequest);
  EXPECT_EQ(result.limit->setting, "limits.wall_seconds");
  EXPECT_THAT(result.error, HasSubstr("after 2 s"));
  EXPECT_THAT(result.error, HasSubstr("limits.wall_seconds of the request"));
}

TEST(Judge, AKillByTheKernelAfterAllProcessorTimeIsThatLimit) {
  Evidence evidence = Exited(0);
  evidence.signalled = true;
  evidence.status = SIGKILL;
  EXPECT_EQ(Judge(evidence, kLimits).outcome, Outcome::kSignal);
  evidence.use.processor_time = std::chrono::seconds(3);
  EXPECT_EQ(Judge(evidence, kLimits).outcome, Outcome::kCpuLimit);
}

TEST(Judge, UsageIsConverted) {
  Evidence evidence = Exited(0);
  evidence.use.processor_time = std::chrono::microseconds(1'500'250);
  evidence.use.max_rss_bytes = 2048;
  evidence.wall_ms = 7.5;
  const RunResult result = Judge(evidence, kLimits);
  EXPECT_DOUBLE_EQ(result.usage.cpu_ms, 1500.25);
  EXPECT_EQ(result.usage.max_rss_bytes, 2048u);
  EXPECT_DOUBLE_EQ(result.usage.wall_ms, 7.5);
}

}  // namespace
}  // namespace sandgate
