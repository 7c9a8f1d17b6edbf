// SPDX-License-Identifier: Apache-2.0
// One step of following a log into a store, on the caller's thread: the middle of the projector and
// of build(). What comes next is read ahead on another one. One thread.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "projections/projection.h"
#include "projections/read_ahead.h"
#include "projections/settings.h"

namespace z5::projections {

class Follower {
 public:
  // `store` must outlive it.
  Follower(Store& store, Settings settings);
  Status load() { return projection_.load(); }

  // Opens the log where the projection stands, after reading the group before once more: it must
  // be the group that the store knows, or the log is another one, or shorter. Corrupt then, naming
  // both. Unavailable: the log cannot be reached.
  Status connect();

  enum class Step {
    Gathered,  // a group more in the batch
    Written,   // the batch is in the store; more may follow at once
    CaughtUp,  // so is everything that the log holds
  };
  // Takes the next group; waits for it up to `timeout` when nothing waits to be written.
  // Unavailable: the log cannot be reached, or (failed()) the store cannot be written. Corrupt: an
  // entry that is not right.
  Result<Step> step(std::chrono::milliseconds timeout);
  Status flush();

  const chain::Head& head() const { return projection_.head(); }
  bool failed() const { return failed_; }  // cannot go on

 private:
  Status compare_checkpoint();

  Store& store_;
  Settings settings_;
  Projection projection_;
  std::unique_ptr<ReadAhead> log_;
  std::string note_;        // newest text of the checkpoint file that was looked at
  std::string checkpoint_;  // a note over head(), verified; empty = none
  bool failed_ = false;
};

}  // namespace z5::projections
