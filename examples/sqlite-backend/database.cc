#include "database.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace anystore_sqlite {

using anystore::Code;
using anystore::Error;
using anystore::Ok;
using anystore::Result;
using anystore::Retry;
using anystore::Status;

namespace {

Code CodeOf(int code) {
  switch (code & 0xff) {  // the rest tells the details
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return Code::kBusy;
    case SQLITE_NOMEM:
      return Code::kResourceExhausted;
    case SQLITE_READONLY:
      return Code::kReadOnly;
    case SQLITE_CORRUPT:
      return Code::kCorruption;
    case SQLITE_NOTADB:
      return Code::kIdentityMismatch;
    case SQLITE_FULL:
      return Code::kNoSpace;
    case SQLITE_TOOBIG:
      return Code::kTooLarge;
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return Code::kPermissionDenied;
    default:
      return Code::kIoError;
  }
}

constexpr int kBusyTimeoutMs = 5000;

}  // namespace

Error ToError(sqlite3* connection, int code) {
  if (const int os_error = sqlite3_system_errno(connection);
      code == SQLITE_CANTOPEN && os_error != 0) {
    return Error::FromErrno(os_error, sqlite3_errmsg(connection));
  }
  Error error(CodeOf(code), sqlite3_errmsg(connection));
  if (error.code() == Code::kBusy) return std::move(error).WithRetry(Retry::kTemporary);
  return error;
}

Result<Statement> Statement::Prepare(sqlite3* connection, const char* sql) {
  sqlite3_stmt* handle = nullptr;
  const int code =
      sqlite3_prepare_v3(connection, sql, -1, SQLITE_PREPARE_PERSISTENT, &handle, nullptr);
  if (code != SQLITE_OK) return ToError(connection, code);
  Statement statement;
  statement.handle_.reset(handle);
  return statement;
}

void Statement::Bind(int parameter, std::string_view bytes) {
  // No bytes at all would be NULL for SQLite, which is something else than an empty value.
  const char* const data = bytes.data() != nullptr ? bytes.data() : "";
  sqlite3_bind_blob64(handle_.get(), parameter, data, bytes.size(), SQLITE_STATIC);
}

void Statement::Bind(int parameter, std::int64_t number) {
  sqlite3_bind_int64(handle_.get(), parameter, number);
}

Result<bool> Statement::Step() {
  const int code = sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  Error error = ToError(sqlite3_db_handle(handle_.get()), code);
  Reset();
  return error;
}

Status Statement::Run() {
  Result<bool> more = true;
  while (more.has_value() && *more) more = Step();
  Reset();
  if (!more.has_value()) return std::move(more).error();
  return Ok();
}

std::string_view Statement::Bytes(int column) const {
  const auto* const data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}

std::int64_t Statement::Number(int column) const {
  return sqlite3_column_int64(handle_.get(), column);
}

void Statement::Reset() {
  sqlite3_reset(handle_.get());
  sqlite3_clear_bindings(handle_.get());
}

Result<Connection> Connection::OpenFile(const std::string& path, int flags) {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(path.c_str(), &handle,
                                   flags | SQLITE_OPEN_READWRITE | SQLITE_OPEN_FULLMUTEX, nullptr);
  Connection connection;
  connection.handle_.reset(handle);  // there also when opening failed
  if (code != SQLITE_OK) return ToError(handle, code);
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyTimeoutMs);
  return connection;
}

Result<Connection> Connection::Open(const std::string& path) { return OpenFile(path, 0); }

Result<Connection> Connection::Create(const std::string& path) {
  // SQLite opens what is there as well, so the file is claimed first.
  const int file = open(path.c_str(), O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0666);
  if (file < 0) return Error::FromErrno(errno, "create " + path);
  close(file);
  return OpenFile(path, 0);
}

Status Connection::Execute(const char* sql) {
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return ToError(handle_.get(), code);
  return Ok();
}

Result<std::int64_t> Connection::Number(const char* sql) {
  ANYSTORE_ASSIGN_OR_RETURN(Statement statement, Statement::Prepare(handle_.get(), sql));
  ANYSTORE_ASSIGN_OR_RETURN(const bool row, statement.Step());
  return row ? statement.Number(0) : 0;
}

Status Connection::Close() {
  const int code = sqlite3_close(handle_.get());
  if (code != SQLITE_OK) return ToError(handle_.get(), code);
  static_cast<void>(handle_.release());
  return Ok();
}

}  // namespace anystore_sqlite
