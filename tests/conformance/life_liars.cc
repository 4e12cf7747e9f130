// Places where honest stores come and go wrongly.
#include "conformance/liars.h"

namespace anystore::conformance::testing {

std::vector<Liar> LifeLiars() {
  const Maker honest = Makes<MapStore>();
  return {
      {"opens what is not there", "life_of_nothing", honest, LifeLie::kOpensNothing},
      {"destroy keeps the records", "life_of_a_store", honest, LifeLie::kDestroysNothing},
      {"create empties what is there", "create_over_a_store", honest, LifeLie::kMakesOver},
      {"destroy takes an open store away", "destroy_what_is_open", honest, LifeLie::kDestroysOpen},
      {"create mistakes an open store", "create_over_what_is_open", honest, LifeLie::kMistakesOpen},
      {"identity changes at every open", "identity", honest, LifeLie::kForgetsIdentity},
  };
}

}  // namespace anystore::conformance::testing
