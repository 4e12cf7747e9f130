/// The commands. Each opens what it needs, does its work, prints, closes, and returns what the
/// program should end with; whatever fails is told in one line on standard error.
#pragma once

#include "cli/arguments.h"
#include "cli/io.h"

namespace anystore::cli {

/// Stores a value.
Exit Put(const PutArguments& arguments);
/// Prints a value, or writes it to a file.
Exit Get(const GetArguments& arguments);
/// Tells whether there is a record.
Exit Has(const KeyArguments& arguments);
/// Prints how many bytes a value has.
Exit Size(const KeyArguments& arguments);
/// Removes a record.
Exit Remove(const RemoveArguments& arguments);
/// Lists keys.
Exit List(const ListArguments& arguments);
/// Lists entries by range, filter and order.
Exit RunQuery(const QueryArguments& arguments);
/// Puts the files of a directory or an archive.
Exit Import(const ImportArguments& arguments);
/// Writes records as files.
Exit Export(const ExportArguments& arguments);
/// Copies records from store to store.
Exit Copy(const CopyArguments& arguments);
/// Compares two stores.
Exit Diff(const DiffArguments& arguments);
/// Prints what a store is and can.
Exit Stat(const StatArguments& arguments);
/// Makes an empty store.
Exit CreateStore(const StoreArguments& arguments);
/// Removes a store.
Exit DestroyStore(const StoreArguments& arguments);
/// Tells whether there is a store.
Exit StoreExists(const StoreArguments& arguments);
/// Describes the kinds of store.
Exit Backends(const BackendsArguments& arguments);
/// Tells whether a configuration can be opened, as far as that is known without opening it.
Exit CheckConfig(const ConfigArguments& arguments);
/// Prints the stores of a configuration and what it makes of their capabilities.
Exit ExplainConfig(const ConfigArguments& arguments);
/// Prints a JSON Schema of configurations.
Exit PrintConfigSchema(const SchemaArguments& arguments);
/// Tests whether a store keeps its promises.
Exit Conformance(const ConformanceArguments& arguments);
/// Asks several stores the same, and compares what they answer.
Exit Torture(const TortureArguments& arguments);
/// Writes the files that a new backend begins with.
Exit NewBackend(const NewBackendArguments& arguments);

}  // namespace anystore::cli
