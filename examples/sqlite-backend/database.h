/// SQLite's C interface with C++ manners: handles that close themselves, errors as results.
#pragma once

#include <anystore/error.h>
#include <sqlite3.h>

#include <memory>
#include <string>
#include <string_view>

namespace anystore_sqlite {

/// What a SQLite result code is in the words of anystore.
[[nodiscard]] anystore::Error ToError(sqlite3* connection, int code);

/// A prepared statement. Bound bytes are not copied, so they must outlive the next Step or Reset.
class Statement {
 public:
  static anystore::Result<Statement> Prepare(sqlite3* connection, const char* sql);

  void Bind(int parameter, std::string_view bytes);
  void Bind(int parameter, std::int64_t number);
  /// Moves to the next row; false when there is none.
  anystore::Result<bool> Step();
  /// Runs a statement to its end and makes it ready to be run again.
  anystore::Status Run();
  /// The bytes of a column of the present row, until the next call.
  [[nodiscard]] std::string_view Bytes(int column) const;
  [[nodiscard]] std::int64_t Number(int column) const;
  /// Makes it ready to be run again.
  void Reset();

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// A connection to a database file.
class Connection {
 public:
  /// Opens a file that is there.
  ///
  /// Errors: not_found · permission_denied, io_error.
  static anystore::Result<Connection> Open(const std::string& path);
  /// Makes an empty file, which must not be there.
  ///
  /// Errors: already_exists · permission_denied, io_error.
  static anystore::Result<Connection> Create(const std::string& path);

  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  /// Runs statements that return nothing.
  anystore::Status Execute(const char* sql);
  /// The number that a statement such as a PRAGMA returns.
  anystore::Result<std::int64_t> Number(const char* sql);
  /// Closes the file.
  anystore::Status Close();

 private:
  struct Release {
    void operator()(sqlite3* connection) const { sqlite3_close_v2(connection); }
  };
  static anystore::Result<Connection> OpenFile(const std::string& path, int flags);

  std::unique_ptr<sqlite3, Release> handle_;
};

}  // namespace anystore_sqlite
