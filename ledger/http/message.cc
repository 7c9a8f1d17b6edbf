// SPDX-License-Identifier: Apache-2.0
#include "ledger/http/message.h"

#include <algorithm>
#include <charconv>

#include "schemas/json.h"

namespace z5::http {
namespace {

struct StatusWords {
  int status;
  std::string_view phrase;
  std::string_view code;
};

constexpr StatusWords kStatuses[] = {
    {200, "OK", "ok"},
    {201, "Created", "created"},
    {202, "Accepted", "accepted"},
    {204, "No Content", "no-content"},
    {400, "Bad Request", "bad-request"},
    {401, "Unauthorized", "not-authenticated"},
    {403, "Forbidden", "not-authorised"},
    {404, "Not Found", "not-found"},
    {405, "Method Not Allowed", "method-not-allowed"},
    {408, "Request Timeout", "request-timeout"},
    {409, "Conflict", "conflict"},
    {411, "Length Required", "length-required"},
    {413, "Content Too Large", "too-large"},
    {415, "Unsupported Media Type", "media-type"},
    {422, "Unprocessable Content", "malformed"},
    {429, "Too Many Requests", "too-many-requests"},
    {431, "Request Header Fields Too Large", "header-too-large"},
    {500, "Internal Server Error", "internal"},
    {503, "Service Unavailable", "unavailable"},
    {505, "HTTP Version Not Supported", "http-version"},
};

StatusWords words_of(int status) {
  for (const StatusWords& words : kStatuses) {
    if (words.status == status) return words;
  }
  return {status, "Status", "status"};
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

bool is_clean(std::string_view text) {
  return std::ranges::none_of(text,
                              [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

const Field* find(const std::vector<Field>& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return &field;
  }
  return nullptr;
}

void append_number(std::string& out, std::size_t number) {
  char digits[20];
  const auto end = std::to_chars(digits, digits + sizeof digits, number).ptr;
  out.append(digits, end);
}

void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

const std::string& Request::param(std::string_view name) const {
  const Field* field = find(params, name);
  Z5_ASSERT(field != nullptr);
  return field->value;
}

std::optional<std::string_view> Request::query_value(std::string_view name) const {
  const Field* field = find(query, name);
  if (field == nullptr) return std::nullopt;
  return field->value;
}

std::optional<std::string_view> Request::header(std::string_view lower_case_name) const {
  const Field* field = find(headers, lower_case_name);
  if (field == nullptr) return std::nullopt;
  return field->value;
}

Response error_response(int status, std::string_view message, std::string_view code) {
  Response response;
  response.status = status;
  response.body = dump({{"error",
                         {{"code", std::string(code.empty() ? words_of(status).code : code)},
                          {"message", std::string(message)}}}});
  return response;
}

Response error_response(const Error& error) {
  switch (error.code) {
    case ErrorCode::Unavailable:
      return error_response(503, error.message);
    case ErrorCode::Conflict:
      return error_response(409, error.message);
    case ErrorCode::Invalid:
      return error_response(400, error.message);
    case ErrorCode::Corrupt:
      return error_response(500, error.message, "corrupt");
  }
  return error_response(500, error.message);
}

Response refusal_response(int status, const std::vector<Refusal>& refusals) {
  Response response;
  response.status = status;
  Json list = Json::array();
  for (const Refusal& refusal : refusals) {
    list.push_back({{"rule", refusal.rule}, {"reason", refusal.reason}});
  }
  response.body = dump({{"refusal", std::move(list)}});
  if (status == 401) response.headers.push_back({"WWW-Authenticate", "Bearer"});
  return response;
}

void write_response(std::string& out, const Response& response, std::string_view date,
                    bool keep_alive, bool head_only) {
  bool clean = is_clean(response.content_type) && is_clean(response.cache_control);
  for (const Field& field : response.headers) {
    clean = clean && is_clean(field.name) && is_clean(field.value) &&
            field.name.find_first_of(" \t:") == std::string::npos;
  }
  if (!clean) {
    const Response failure = error_response(500, "the answer had control characters in a header");
    return write_response(out, failure, date, keep_alive, head_only);
  }
  const std::string_view phrase = words_of(response.status).phrase;
  out.append("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(phrase).append("\r\n");
  append_field(out, "Date", date);
  if (!response.content_type.empty()) append_field(out, "Content-Type", response.content_type);
  if (!response.cache_control.empty()) append_field(out, "Cache-Control", response.cache_control);
  for (const Field& field : response.headers) append_field(out, field.name, field.value);
  if (!keep_alive) append_field(out, "Connection", "close");
  if (response.status != 204) {  // RFC 9110 section 8.6: none with 204
    out.append("Content-Length: ");
    append_number(out, response.body.size());
    out.append("\r\n");
  }
  out.append("\r\n");
  if (!head_only && response.status != 204) out.append(response.body);
}

}  // namespace z5::http
