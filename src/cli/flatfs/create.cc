// flatfs create: an empty repository.
#include "cli/flatfs/commands.h"
#include "cli/flatfs/place.h"
#include "cli/stores.h"

namespace anystore::cli {

Exit FlatfsCreate(const FlatfsCreateArguments& arguments) {
  const Result<FlatfsPlace> place = FindFlatfs(arguments.repository, arguments.shard);
  if (!place.has_value()) return Fail(place.error());
  const Status created = registry::CreateStack(place->stack, ProgramEnvironment());
  return created.has_value() ? Exit::kOk : Fail(created.error());
}

}  // namespace anystore::cli
