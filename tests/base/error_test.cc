#include "anystore/error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <set>
#include <string>

namespace anystore {
namespace {

TEST(Error, IsTwoWordsWide) { EXPECT_EQ(sizeof(Error), 16U); }

TEST(Error, CodesHaveDistinctNames) {
  std::set<std::string_view> names;
  for (unsigned i = 0; i < kCodeCount; ++i) names.insert(CodeName(static_cast<Code>(i)));
  EXPECT_EQ(names.size(), kCodeCount);
  EXPECT_FALSE(names.contains("unknown"));
  EXPECT_EQ(CodeName(static_cast<Code>(kCodeCount)), "unknown");
}

TEST(Error, PrintsActionKeyStoreCodeAndMessage) {
  const Error error = Error(Code::kCorruption, "block 7 has a wrong checksum")
                          .During("get")
                          .In("x:/y")
                          .ForKey("/a");
  EXPECT_EQ(error.ToString(), "get \"/a\" in x:/y: corruption: block 7 has a wrong checksum");
}

TEST(Error, PrintsWhatItHas) {
  EXPECT_EQ(Error(Code::kClosed).ToString(), "closed");
  EXPECT_EQ(Error(Code::kClosed).In("x:").ToString(), "x:: closed");
  EXPECT_EQ(Error(Code::kBusy).During("open").ToString(), "open: busy");
  EXPECT_EQ(Error(Code::kBusy).During("open").In("x:/y").ToString(), "open x:/y: busy");
}

TEST(Error, PrintsItsCause) {
  Error cause(Code::kIoError, "disk on fire");
  EXPECT_EQ(Error(Code::kDataLoss).CausedBy(std::move(cause)).ToString(),
            "data_loss (because of io_error: disk on fire)");
}

TEST(Error, KeepsTheInnermostContext) {
  const Error error = Error(Code::kBusy).During("open").In("a:").ForKey("k").During("get").In("b:");
  EXPECT_EQ(error.action(), "open");
  EXPECT_EQ(error.store(), "a:");
  EXPECT_EQ(error.key(), "\"k\"");
}

TEST(Error, MovesAndLeavesTheCode) {
  Error a(Code::kBusy, "locked");
  const Error b = std::move(a);
  EXPECT_EQ(b.message(), "locked");
  EXPECT_EQ(a.code(), Code::kBusy);  // NOLINT(bugprone-use-after-move): promised
  EXPECT_EQ(a.message(), "");
}

TEST(Error, ClonesDeeply) {
  const Error original = Error(Code::kDataLoss, "m")
                             .WithRetry(Retry::kTemporary)
                             .WithApplied(Applied::kUnknown)
                             .During("put")
                             .CausedBy(Error::FromErrno(EIO, "fsync"));
  const Error copy = original.Clone();
  EXPECT_EQ(copy.ToString(), original.ToString());
  EXPECT_EQ(copy.retry(), Retry::kTemporary);
  EXPECT_EQ(copy.applied(), Applied::kUnknown);
  ASSERT_NE(copy.cause(), nullptr);
  EXPECT_NE(copy.cause(), original.cause());
  EXPECT_EQ(copy.cause()->os_error(), EIO);
}

TEST(Error, ClassifiesErrno) {
  EXPECT_EQ(Error::FromErrno(ENOENT, "open x").code(), Code::kNotFound);
  EXPECT_EQ(Error::FromErrno(ENOSPC, "write").code(), Code::kNoSpace);
  EXPECT_EQ(Error::FromErrno(EROFS, "open").code(), Code::kReadOnly);
  EXPECT_EQ(Error::FromErrno(EMFILE, "open").code(), Code::kResourceExhausted);
  EXPECT_EQ(Error::FromErrno(EMFILE, "open").retry(), Retry::kTemporary);
  EXPECT_EQ(Error::FromErrno(EIO, "read").code(), Code::kIoError);
  EXPECT_EQ(Error::FromErrno(ENOTDIR, "open").code(), Code::kInvalidArgument);
  EXPECT_EQ(Error::FromErrno(ENOTEMPTY, "rmdir").code(), Code::kPreconditionFailed);
  EXPECT_EQ(Error::FromErrno(EXDEV, "rename").code(), Code::kUnsupported);
  EXPECT_EQ(Error::FromErrno(ENOENT, "open x").message(), "open x: No such file or directory");
}

Result<int> Half(int number) {
  if (number % 2 != 0) return Error(Code::kInvalidArgument, "odd");
  return number / 2;
}

Result<int> Quarter(int number) {
  ANYSTORE_ASSIGN_OR_RETURN(const int half, Half(number));
  ANYSTORE_ASSIGN_OR_RETURN(const int quarter, Half(half));
  return quarter;
}

Status BothEven(int a, int b) {
  ANYSTORE_TRY(Half(a));
  ANYSTORE_TRY(Half(b));
  return Ok();
}

TEST(Result, TryMacrosPassErrorsOn) {
  EXPECT_EQ(Quarter(8).value(), 2);
  EXPECT_EQ(Quarter(6).error().message(), "odd");
  EXPECT_TRUE(BothEven(2, 4).has_value());
  EXPECT_EQ(BothEven(2, 3).error().code(), Code::kInvalidArgument);
}

TEST(Quoted, EscapesWhatIsNotPrintable) {
  EXPECT_EQ(Quoted("/a b"), "\"/a b\"");
  EXPECT_EQ(Quoted(std::string_view("\0\n\x7f\"\\", 5)), R"("\x00\x0a\x7f\"\\")");
  EXPECT_EQ(Quoted("/é/日本"), "\"/é/日本\"");
  EXPECT_EQ(Quoted("\xff\xc3"), R"("\xff\xc3")");
}

TEST(Quoted, CutsLongBytesBetweenCharacters) {
  EXPECT_EQ(Quoted("abcdef", 3), "\"abc\"... (6 bytes)");
  EXPECT_EQ(Quoted("abé", 3), "\"ab\"... (4 bytes)");
}

}  // namespace
}  // namespace anystore
