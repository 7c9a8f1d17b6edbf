// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/responder.h"

#include <utility>

namespace z5::http {

void Mailbox::put(Answer answer) {
  const std::lock_guard lock(mutex_);
  if (!wake_) return;
  answers_.push_back(std::move(answer));
  if (answers_.size() == 1) wake_();
}

std::vector<Mailbox::Answer> Mailbox::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(answers_, {});
}

void Mailbox::close() {
  const std::lock_guard lock(mutex_);
  wake_ = nullptr;
  answers_.clear();
}

Responder::~Responder() {
  if (mailbox_) (*this)(error_response(500, "the request was dropped without an answer"));
}

void Responder::operator()(Response response) {
  Z5_ASSERT(mailbox_ != nullptr);
  std::exchange(mailbox_, nullptr)->put({connection_, std::move(response)});
}

}  // namespace z5::http
