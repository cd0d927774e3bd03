// SPDX-License-Identifier: Apache-2.0
// What is counted, as Prometheus reads it.
#include "obs/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace sandgate {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(MetricsTest, WhatMayHappenIsThereFromTheStart) {
  EXPECT_THAT(Metrics().Text({}),
              AllOf(HasSubstr("sandgate_runs_total{language=\"nodejs\",outcome=\"timeout\"} 0\n"),
                    HasSubstr("sandgate_refused_requests_total{reason=\"unauthorized\"} 0\n"),
                    HasSubstr("sandgate_run_queue_seconds_count{language=\"python3\"} 0\n"),
                    HasSubstr("# TYPE sandgate_run_queue_seconds histogram\n")));
}

TEST(MetricsTest, ARunIsCountedOnceInEachOfItsFamilies) {
  Metrics metrics;
  RunSample run{.language = "python3", .outcome = "timeout", .measured = true};
  run.queue_seconds = 0.02;
  run.wall_seconds = 5;
  run.denied = {{"socket", 3}, {"bind", 1}};
  run.limit = "wall_seconds";
  metrics.CountRun(run);
  EXPECT_THAT(metrics.Text({}),
              AllOf(HasSubstr("sandgate_runs_total{language=\"python3\",outcome=\"timeout\"} 1\n"),
                    HasSubstr("sandgate_denied_calls_total{syscall=\"socket\"} 3\n"),
                    HasSubstr("sandgate_limits_hit_total{limit=\"wall_seconds\"} 1\n"),
                    HasSubstr("sandgate_run_queue_seconds_bucket{language=\"python3\",le=\"0.025\"} 1\n"),
                    HasSubstr("sandgate_run_queue_seconds_bucket{language=\"python3\",le=\"0.01\"} 0\n"),
                    HasSubstr("sandgate_run_duration_seconds_sum{language=\"python3\"} 5\n")));
}

TEST(MetricsTest, ARunWithoutTimesIsNotInTheHistograms) {
  Metrics metrics;
  metrics.CountRun({.language = "python3", .outcome = "abandoned"});
  EXPECT_THAT(metrics.Text({}), HasSubstr("sandgate_run_queue_seconds_count{language=\"python3\"} 0\n"));
}

TEST(MetricsTest, AnUnknownReasonIsOther) {
  Metrics metrics;
  metrics.CountRefusal("made up");
  EXPECT_THAT(metrics.Text({}), AllOf(HasSubstr("sandgate_refused_requests_total{reason=\"other\"} 1\n"),
                                      Not(HasSubstr("made up"))));
}

TEST(MetricsTest, GaugesAreThoseOfTheMomentAndEscaped) {
  const std::string text =
      Metrics().Text({{Gauge::kQueueDepth, 3, {{"key", "a\"b"}}}, {Gauge::kWorkers, 4, {}}});
  EXPECT_THAT(text, AllOf(HasSubstr("# TYPE sandgate_queue_depth gauge\n"),
                          HasSubstr("sandgate_queue_depth{key=\"a\\\"b\"} 3\n"),
                          HasSubstr("sandgate_workers 4\n"), Not(HasSubstr("sandgate_ready"))));
}

TEST(MetricsTest, TheProcessIsTold) {
  EXPECT_THAT(Metrics().Text({}),
              AllOf(HasSubstr("# TYPE process_cpu_seconds_total counter\n"),
                    HasSubstr("\nprocess_resident_memory_bytes "), HasSubstr("\nprocess_open_fds ")));
}

}  // namespace
}  // namespace sandgate
