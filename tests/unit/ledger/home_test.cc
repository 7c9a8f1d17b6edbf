// SPDX-License-Identifier: Apache-2.0
// Goal: config.toml comes back as it was written, and what is wrong in it is named. Method: files
// in a temporary folder.
#include "ledger/home.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/support/world.h"

namespace z5::ledger {
namespace {

using testing::HasSubstr;

class HomeConfig : public testing::Test {
 protected:
  Result<Config> read(const std::string& text) {
    std::ofstream(home_.config_file()) << text;
    return load_config(home_);
  }
  support::TemporaryFolder folder_;
  Home home_{folder_.path()};
};

TEST_F(HomeConfig, ComesBackAsWritten) {
  Config config;
  config.ledger = "acme";
  config.origin = "z5.local/acme";
  config.log = "kafka";
  config.kafka.brokers = "a:9092,b:9092";
  config.kafka.ssl_ca = "/etc/ca.pem";
  config.kafka.security_protocol = "ssl";
  config.url = "https://one.example:7501";
  config.peers = "https://two.example:7501,http://127.0.0.1:7511";
  const auto back = read(config_text(config));
  ASSERT_TRUE(back.ok()) << back.error().message;
  EXPECT_EQ(back->kafka, config.kafka);
  EXPECT_EQ(back->url, config.url);
  EXPECT_EQ(peers_of(*back),
            (std::vector<std::string>{"https://two.example:7501", "http://127.0.0.1:7511"}));
  EXPECT_TRUE(peers_of(Config{}).empty());
}

TEST_F(HomeConfig, NamesWhatIsNoAddress) {
  for (const auto& [line, field] : {std::pair("peers = \"two.example:7501\"", "ledger.peers"),
                                    std::pair("peers = \"http://a:1,,\"", "ledger.peers"),
                                    std::pair("url = \"ftp://a\"", "ledger.url")}) {
    const auto config = read(std::string("[ledger]\nid = \"a\"\n") + line + "\n");
    ASSERT_FALSE(config.ok()) << line;
    EXPECT_EQ(config.error().code, ErrorCode::Invalid);
    EXPECT_THAT(config.error().message, HasSubstr(field));
  }
}

}  // namespace
}  // namespace z5::ledger
