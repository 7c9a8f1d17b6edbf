// SPDX-License-Identifier: Apache-2.0
// OpenSSL's objects as owned values: unique_ptr with the right free function, and octets in its
// pointer type.
#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string_view>

namespace z5::sigstore {

template <auto Free>
struct FreeBy {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
template <class T, auto Free>
using Owned = std::unique_ptr<T, FreeBy<Free>>;

inline const unsigned char* octets(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline std::string_view octets_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)),
          static_cast<std::size_t>(ASN1_STRING_length(string))};
}

}  // namespace z5::sigstore
