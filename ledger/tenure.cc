// SPDX-License-Identifier: Apache-2.0
#include "ledger/tenure.h"

#include "ledger/carrier.h"

namespace z5::ledger {

Result<std::shared_ptr<Tenure>> Tenure::begin(const Home& home, const Config& config,
                                              http::ServiceLog& log) {
  Z5_TRY(chain::Trust trust, chain::load_trust(home.trust_file()));
  Z5_TRY(keys::PrivateKey key, keys::PrivateKey::load(home.key_file("ledger")));
  Z5_TRY(auto carrier, open_log_writer(home, config, [&log](const std::string& text) {
           log.warning("log", {{"what", text}});
         }));
  std::shared_ptr<Tenure> tenure(new Tenure(home));
  WritePath::Settings settings{
      .ledger = {std::move(trust), std::move(key), home.checkpoint_file()},
      .open_reader = [open = log_opener(home, config)] { return open({}); },
      .clock = machine_clock(),
      .rates = config.rates,
      .engine = policy::opa_version(),
      .dashboards_base = config.dashboards};
  Z5_TRY(tenure->writer_, WritePath::open(std::move(carrier), std::move(settings), tenure->bundles_,
                                          tenure->store_));
  tenure->intake_ = std::make_unique<Intake>(*tenure->writer_, tenure->bundles_, tenure->store_,
                                             machine_clock(), config.rates);
  tenure->desk_ = std::make_unique<Desk>(*tenure->intake_, *tenure->writer_, tenure->bundles_);
  return tenure;
}

}  // namespace z5::ledger
