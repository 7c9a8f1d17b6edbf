// SPDX-License-Identifier: Apache-2.0
#include "schemas/time.h"

#include <fmt/format.h>

namespace z5 {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

// Reads exactly `digits` decimal digits at the front of `text` and removes them; -1 when they are
// not there.
int take_digits(std::string_view& text, std::size_t digits) {
  if (text.size() < digits) return -1;
  int value = 0;
  for (std::size_t i = 0; i < digits; ++i) {
    if (text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  text.remove_prefix(digits);
  return value;
}

bool take(std::string_view& text, char c) {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

std::string to_rfc3339(Time time) {
  using namespace std::chrono;
  const sys_time<nanoseconds> point{nanoseconds(time.ns)};
  const auto day = floor<days>(point);
  const year_month_day date{day};
  const hh_mm_ss clock{floor<seconds>(point - day)};
  std::string text =
      fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}", static_cast<int>(date.year()),
                  static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                  clock.hours().count(), clock.minutes().count(), clock.seconds().count());
  const auto fraction = (point - floor<seconds>(point)).count();
  if (fraction % 1'000 != 0)
    text += fmt::format(".{:09}", fraction);
  else if (fraction % 1'000'000 != 0)
    text += fmt::format(".{:06}", fraction / 1'000);
  else if (fraction != 0)
    text += fmt::format(".{:03}", fraction / 1'000'000);
  return text + "Z";
}

Result<Time> from_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto bad = [whole = text] {
    return invalid(fmt::format("time: not an RFC 3339 date-time: '{}'", whole.substr(0, 64)));
  };
  const int y = take_digits(text, 4);
  const bool dash1 = take(text, '-');
  const int mo = take_digits(text, 2);
  const bool dash2 = take(text, '-');
  const int d = take_digits(text, 2);
  const bool t = take(text, 'T');
  const int h = take_digits(text, 2);
  const bool colon1 = take(text, ':');
  const int mi = take_digits(text, 2);
  const bool colon2 = take(text, ':');
  const int s = take_digits(text, 2);
  if (!dash1 || !dash2 || !t || !colon1 || !colon2 || y < 1970 || y > 2261 || mo < 0 || d < 0 ||
      h < 0 || h > 23 || mi < 0 || mi > 59 || s < 0 || s > 59) {
    return bad();
  }
  std::int64_t fraction = 0;
  if (take(text, '.')) {
    std::int64_t unit = kSecond;
    std::size_t digits = 0;
    while (!text.empty() && text.front() >= '0' && text.front() <= '9' && digits < 9) {
      unit /= 10;
      fraction += unit * take_digits(text, 1);
      ++digits;
    }
    if (digits == 0) return bad();
  }
  std::int64_t offset = 0;
  if (!take(text, 'Z')) {
    const bool east = take(text, '+');
    if (!east && !take(text, '-')) return bad();
    const int oh = take_digits(text, 2);
    const bool colon = take(text, ':');
    const int om = take_digits(text, 2);
    if (!colon || oh < 0 || oh > 23 || om < 0 || om > 59) return bad();
    offset = (oh * 60 + om) * 60 * (east ? 1 : -1);
  }
  const year_month_day date{year(y), month(static_cast<unsigned>(mo)),
                            day(static_cast<unsigned>(d))};
  if (!text.empty() || !date.ok()) return bad();
  const std::int64_t seconds_of_day = (h * 60 + mi) * 60 + s;
  const std::int64_t total =
      sys_days(date).time_since_epoch().count() * std::int64_t{86'400} + seconds_of_day - offset;
  if (total < 0) return bad();
  return Time{total * kSecond + fraction};
}

}  // namespace z5
