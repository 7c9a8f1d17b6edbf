// SPDX-License-Identifier: Apache-2.0
// Goal: no bytes of a caller crash the HTTP side, and how they are cut into packets changes no
// answer. Method: the same bytes at once and one by one (100 Continue apart: it depends on whether
// the body was there already).
// Links: ledger/http
#include <prometheus/registry.h>

#include <cstdint>

#include "ledger/http/session.h"

namespace {

using namespace z5::http;

std::string talk(Serving& serving, std::string_view bytes, std::size_t step) {
  static const std::string date = "Tue, 24 Nov 2026 08:00:00 GMT";
  static const auto mailbox = std::make_shared<Mailbox>([] {});
  Session session(serving, Peer{"127.0.0.1:5", true, std::nullopt}, date, mailbox, 1);
  std::string out;
  for (; !bytes.empty() && !session.closing(); bytes.remove_prefix(std::min(step, bytes.size()))) {
    auto next = session.received(bytes.substr(0, step));
    while (next == Session::Next::Write) {
      if (!session.out().starts_with("HTTP/1.1 100 ")) out += session.out();
      if (session.closing()) break;
      next = session.sent();
    }
  }
  return out;
}

struct World {
  prometheus::Registry registry;
  Serving serving;

  World() {
    const Handler echo = [](const Request& request) {
      Response response{200, request.target + request.body};
      for (const Field& field : request.query) response.body += field.name + "=" + field.value;
      return response;
    };
    serving.router.add("GET", "/v1/{a}/{b}", echo, {Access::Open});
    serving.router.add("POST", "/v1/echo", echo, {Access::Open, false, 100});
    serving.metrics = std::make_unique<Metrics>(registry, serving.router.routes());
  }
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static World world;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size > z5::limits::kMaxHead) return 0;
  const std::string whole = talk(world.serving, bytes, size);
  Z5_ASSERT(whole == talk(world.serving, bytes, 1));
  Z5_ASSERT(world.serving.buffered == 0);
  return 0;
}
