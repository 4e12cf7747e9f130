// A layer for tests of the registry: a name, fields, and nothing behind them.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "anystore/layer.h"

namespace anystore::testing {

class FakeLayer final : public LayerType {
 public:
  FakeLayer(std::string name, ConfigSpec spec) : name_(std::move(name)), spec_(std::move(spec)) {}

  [[nodiscard]] std::string_view name() const override { return name_; }
  [[nodiscard]] std::string_view description() const override { return "A fake."; }
  [[nodiscard]] const ConfigSpec& config_spec() const override { return spec_; }
  [[nodiscard]] Capabilities Narrow(const CheckedConfig& /*config*/,
                                    std::span<const Capabilities> children) const override {
    return children.front();
  }
  Result<std::unique_ptr<Datastore>> Wrap(const CheckedConfig& /*config*/,
                                          std::vector<LayerChild>& children,
                                          const Environment& /*environment*/) const override {
    return std::move(children.front().store);
  }

 private:
  std::string name_;
  ConfigSpec spec_;
};

}  // namespace anystore::testing
