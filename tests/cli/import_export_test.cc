// import and export: trees, archives, and hostile names in both directions.
#include <gtest/gtest.h>
#include <unistd.h>

#include <string>

#include "cli/program.h"

namespace anystore::testing {
namespace {

class ImportExport : public ProgramTest {
 protected:
  ImportExport() { Expect("anystore create rocksdb:s"); }

  // Writes an archive with Python, whose tarfile lets any name through: each `member` is a Python
  // expression of type (name, TarInfo type, linkname, content).
  void WriteTar(const std::string& name, const std::string& mode, const std::string& members) {
    WriteFile("make.py",
              "import io, sys, tarfile\n"
              "with tarfile.open('" +
                  name + "', '" + mode +
                  "', format=tarfile.PAX_FORMAT) as t:\n"
                  "    for name, kind, link, content in [" +
                  members +
                  "]:\n"
                  "        info = tarfile.TarInfo(name)\n"
                  "        info.type, info.linkname, info.size = kind, link, len(content)\n"
                  "        t.addfile(info, io.BytesIO(content))\n");
    const Outcome made = Run("python3 make.py");
    ASSERT_EQ(made.exit, 0) << made.err;
  }
};

TEST_F(ImportExport, ATreeComesBackAsItWas) {
  Expect(
      "mkdir -p t/b/c t/empty; printf 1 > t/a; printf 2 > t/b/c/.hidden; : > t/b/none; "
      "head -c 100000 /dev/urandom > t/b/big; printf 3 > t/$'odd \\n\\xff name'");
  const std::string json = Expect("anystore import rocksdb:s t --json");
  EXPECT_EQ(NumberIn(json, "records"), 5U);
  EXPECT_EQ(NumberIn(json, "bytes"), 100003U);
  EXPECT_EQ(Expect("anystore get rocksdb:s /b/c/.hidden"), "2");
  EXPECT_EQ(NumberIn(Expect("anystore export rocksdb:s back --json"), "records"), 5U);
  Expect("rmdir t/empty; diff -r t back");
  Expect("anystore export rocksdb:s back; diff -r t back");
}

TEST_F(ImportExport, ContentAddressedNamesAreTheHashes) {
  Expect("mkdir t; printf abc > t/x; printf abc > t/y");
  Expect("anystore import rocksdb:s t --key sha256");
  EXPECT_EQ(Expect("anystore ls rocksdb:s"),
            "/ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n");
  Expect("anystore import rocksdb:s t --key sha256-base32");
  EXPECT_EQ(Expect("anystore ls rocksdb:s /X"),
            "/XJ4BNP4PAHH6UQKBIDPF3LRCEOYAGYNDSYLXVHFUCD7WD4QACWWQ\n");
}

TEST_F(ImportExport, ArchivesOfEveryCompressionAreRead) {
  Expect(
      "mkdir -p t/d; printf 1 > t/a; printf 2 > t/d/b; ln t/a t/z; "
      "tar -C t -cf plain.tar .; gzip -k plain.tar; xz -k plain.tar; bzip2 -k plain.tar");
  for (const std::string name : {"plain.tar", "plain.tar.gz", "plain.tar.xz", "plain.tar.bz2"}) {
    Expect("anystore import memory: " + name);
    Expect("anystore import rocksdb:" + name + ".s --create " + name);
    EXPECT_EQ(Expect("anystore query rocksdb:" + name + ".s"),
              "/a\t\"1\"\n/d/b\t\"2\"\n/z\t\"1\"\n")
        << name;
  }
  Expect("anystore import rocksdb:s - < plain.tar.gz");
  EXPECT_EQ(Expect("anystore ls rocksdb:s"), "/a\n/d/b\n/z\n");
}

TEST_F(ImportExport, HostileMembersAreRefusedByNameAndTheOthersKept) {
  WriteTar("evil.tar", "w",
           "('../escape', tarfile.REGTYPE, '', b'x'), ('/absolute', tarfile.REGTYPE, '', b'x'),"
           "('a/../../b', tarfile.REGTYPE, '', b'x'), ('good', tarfile.REGTYPE, '', b'kept'),"
           "('link', tarfile.SYMTYPE, '/etc/passwd', b''), ('dev', tarfile.CHRTYPE, '', b''),"
           "('hard', tarfile.LNKTYPE, '../../etc/passwd', b''),"
           "('pipe', tarfile.FIFOTYPE, '', b''), ('./dots/./x', tarfile.REGTYPE, '', b'')");
  const Outcome outcome = Run("anystore import rocksdb:s evil.tar --json");
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_EQ(NumberIn(outcome.out, "records"), 2U);
  EXPECT_EQ(NumberIn(outcome.out, "refused"), 4U);
  EXPECT_EQ(NumberIn(outcome.out, "skipped"), 3U);
  for (const std::string name : {"../escape", "/absolute", "a/../../b", "hard"}) {
    EXPECT_NE(outcome.err.find("anystore: invalid_argument: member \"" + name + "\" of evil.tar"),
              std::string::npos)
        << name << "\n"
        << outcome.err;
  }
  EXPECT_EQ(Expect("anystore query rocksdb:s"), "/dots/x\t\"\"\n/good\t\"kept\"\n");
}

TEST_F(ImportExport, NamesInArchivesAreBytes) {
  WriteTar("names.tar", "w",
           "('\\u00e4', tarfile.REGTYPE, '', b'1'), ('x' * 300, tarfile.REGTYPE, '', b'2')");
  Expect("LC_ALL=C anystore import rocksdb:s names.tar");
  EXPECT_EQ(Expect("LC_ALL=C anystore get rocksdb:s $'/\\xc3\\xa4'"), "1");
}

TEST_F(ImportExport, DamagedArchivesAreOneLineAndWhatWasReadStays) {
  WriteTar("big.tar", "w",
           "('first', tarfile.REGTYPE, '', b'1'), ('second', tarfile.REGTYPE, '', b'2' * 100000)");
  Expect("head -c 50000 big.tar > cut.tar");
  const std::string complaint = ExpectComplaint(3, "anystore import rocksdb:s cut.tar");
  EXPECT_NE(complaint.find("cut.tar"), std::string::npos) << complaint;
  EXPECT_EQ(Expect("anystore ls rocksdb:s"), "/first\n");
  WriteFile("text.tar", std::string(2000, 'x'));
  ExpectComplaint(3, "anystore import rocksdb:s text.tar");
  ExpectComplaint(3, "anystore import rocksdb:s no-such.tar");
  // A header that claims far more than there is.
  WriteFile("lie.py",
            "import tarfile\n"
            "info = tarfile.TarInfo('lie'); info.size = 1 << 40\n"
            "open('lie.tar', 'wb').write(info.tobuf(tarfile.GNU_FORMAT) + b'x' * 1024)\n");
  const Outcome lie = Run("python3 lie.py && anystore import rocksdb:s lie.tar");
  EXPECT_EQ(lie.exit, 3) << lie.err;
}

TEST_F(ImportExport, LinksAndSpecialFilesInATreeAreSkippedAndCounted) {
  Expect(
      "mkdir -p t/d outside; printf secret > outside/f; printf 1 > t/a; ln -s ../outside t/dir; "
      "ln -s ../outside/f t/file; ln -s nowhere t/dangling; mkfifo t/pipe");
  const std::string json = Expect("anystore import rocksdb:s t --json");
  EXPECT_EQ(NumberIn(json, "records"), 1U);
  EXPECT_EQ(NumberIn(json, "skipped"), 4U);
  EXPECT_EQ(Expect("anystore ls rocksdb:s"), "/a\n");
}

TEST_F(ImportExport, AnUnreadableFileIsNamedAndTheOthersAreImported) {
  Expect(
      "mkdir -p t/closed; printf 1 > t/a; printf 2 > t/b; printf 3 > t/closed/c; chmod 0 t/a "
      "t/closed; chmod 777 . ..");
  const std::string as_nobody =
      geteuid() == 0 ? "setpriv --reuid 65534 --regid 65534 --clear-groups " : "";
  const Outcome outcome = Run(as_nobody + "anystore import rocksdb:mine --create t --json");
  Expect("chmod 755 t/a t/closed");
  EXPECT_EQ(outcome.exit, 3) << outcome.err;
  EXPECT_NE(outcome.err.find("anystore: permission_denied: open t/a"), std::string::npos)
      << outcome.err;
  EXPECT_NE(outcome.err.find("t/closed"), std::string::npos) << outcome.err;
  EXPECT_EQ(NumberIn(outcome.out, "records"), 1U);
  EXPECT_EQ(NumberIn(outcome.out, "refused"), 2U);
  EXPECT_EQ(Expect(as_nobody + "anystore ls rocksdb:mine"), "/b\n");
}

TEST_F(ImportExport, HostileKeysAreRefusedByNameAndNothingIsWrittenOutside) {
  Expect(
      "for key in '' / /../x /a/../b /a//b /./c /ok noslash /end/ /file /file/inside; do "
      "anystore put rocksdb:s \"$key\" v; done; "
      "anystore put rocksdb:s /$(printf 'n%.0s' {1..256}) v");
  Expect("mkdir out");
  const Outcome outcome = Run("anystore export rocksdb:s out/dir --json");
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_EQ(NumberIn(outcome.out, "records"), 2U);
  EXPECT_EQ(NumberIn(outcome.out, "refused"), 10U);
  for (const std::string key : {"\"\"", "\"/\"", "\"/../x\"", "\"/a/../b\"", "\"/a//b\"",
                                "\"/./c\"", "\"noslash\"", "\"/end/\"", "\"/file/inside\""}) {
    EXPECT_NE(outcome.err.find("anystore: export " + key + ": invalid_argument: "),
              std::string::npos)
        << key << "\n"
        << outcome.err;
  }
  EXPECT_EQ(FilesIn("out"), "dir/file dir/ok");
}

TEST_F(ImportExport, LinksThatLieInTheDirectoryAreNotFollowed) {
  Expect(
      "mkdir out outside; ln -s ../outside out/d; ln -s ../outside/f out/f; "
      "anystore put rocksdb:s /d/x v; anystore put rocksdb:s /f v; anystore put rocksdb:s /g v");
  const Outcome outcome = Run("anystore export rocksdb:s out");
  EXPECT_EQ(outcome.exit, 3);
  EXPECT_EQ(FilesIn("outside"), "");
  EXPECT_EQ(ReadFile("out/g"), "v");
  ExpectComplaint(3, "anystore export rocksdb:s out/g");
}

}  // namespace
}  // namespace anystore::testing
