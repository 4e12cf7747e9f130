#include "backends/flatfs/integrity/multihash.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "anystore/environment.h"
#include "base/digest.h"

namespace anystore::flatfs {
namespace {

struct Vector {
  std::uint64_t function;
  std::string_view value;
  std::string_view key;
};

/// Made with sha1sum, sha256sum, sha384sum, sha512sum, b2sum and openssl.
constexpr Vector kVectors[] = {
    {0x11, "", "/CEKNUOND5ZPGWSYNGJK3734VMAMJBL6YA4EQ"},
    {0x11, "hello world", "/CEKCVLTMGXEU7T5UCXN6SX2AROOOSHXII3WQ"},
    {0x12, "", "/CIQOHMGEIKMPYHAUTL57JSEZN64SIJ5OIHSGJG4TJSSJLGI3PBJLQVI"},
    {0x12, "hello world", "/CIQLSTJHXGJU2PQIUUXFFV62PWV7VREE57RXUU4A52IIR55M4LX432I"},
    {0x13, "",
     "/CNAM7A7BGV7O7OF56FKCQUGWNWAAPVRA4QCQWVYV3SB7JKJB2NWOTTSH2DI"
     "TYXMF6KYP7AYY2KDX53BPMO4TDPKHIF5IDJJYGJ5PSJ62HY"},
    {0x13, "hello world",
     "/CNADBHWMJCOBFVXLJTCA6UGJALZLJUHNO7XFCGT4PKN42PFINVGNQ34YTXJ"
     "VXRP7JGLHBWRUEVNULMGP3AYOQH3ALXHX3RKUF2J25HGXN4"},
    {0x20, "",
     "/EAYDRMDAU5I2ZFRYJTMTE7VRWHRWUIP5W4IRJPQHINGAZR57MP3ODWRHJ3P"
     "L7Z3PMX55KGWS6FEJROK3"},
    {0x20, "hello world",
     "/EAYP3PMOOWTH6KPXAGSOAQBYLYXCHGDDAPVBAI4SCGXZA76LXA2XRM7EC7F"
     "XDTTEN36QQGO5RQEI3YN5"},
    {0x14, "",
     "/CRAKNH3TZSRDVGWFZC2WPXAYLJ2W5F6JQILE7YSYLHQNDXGBI5OIBJQVWIJ"
     "DV4PV7FGBDY7JIAWDVRKY6UABTHMVW3J6GALVQWDCQHONEY"},
    {0x14, "hello world",
     "/CRAIIAAGMU7JVSPJKEL2CXERLSVLQFTCSGHJEXPJ4ACPO5H7QLLQPGSA2TJ"
     "HWGZXEZL4MHKG2RYDATEIY6ELHJCSPLIHJUO4ZPXF3OVJTI"},
    {0x15, "",
     "/CUYAYY5HLOCF4T35AEIH3BJOJQSILRI2KCVKVFH4MGMV44N352MDUKWDOE4"
     "DCJSK3ND7W26R4BMNL4AE"},
    {0x15, "hello world",
     "/CUYIHP7SRXPBWG7VQEAHDRTEHQEOLMC33OBW576XBNAD5KHKBJRU3REZP2Y"
     "QKOVDLE7VSD44MNRQ3WIL"},
    {0x16, "", "/CYQKP76G7C7R5V3GKHAUOVVAMHLGF5MA75G6IO2J7KBNQCSLQD4EGSQ"},
    {0x16, "hello world", "/CYQGIS6MPZLEG4YEBGM2VSE6OYRPHSTR7OQ5S4X5SSRRYO736JHDSOA"},
    {0x17, "", "/C4OGWTQDII3GPW5XHNXBKRKPB2Y2XVCZP6NBWB4OH5NVU26H"},
    {0x17, "hello world", "/C4ON7N7RRR36SKF3K35OWLNCOKI326ILYECFZXSF6MQQXNWF"},
    {0x56, "", "/KYQF35XA4J3BGWOTBKBHKBMOFGP4YA4BKNCUL5K46Q7EDGB7LVGJIVQ"},
    {0x56, "hello world", "/KYQLYYWUXAGZ4NW2FHAWYXKNT4IXGHZWAUWHEQA2O3BDYD5VVG3UIIY"},
    {0xb260, "", "/4DSAEIDJEF5DA6MQQCKOCEJB2BBDKST4D5K3MSBMUGSR4GZFBX6R5UHO7E"},
    {0xb260, "hello world", "/4DSAEIE25RUAM6KFMEIH4WKLD5VIU2YMSKQMXKNM6XS6SPGKA33YDAJ3BM"},
    {0xb201, "", "/QHSAEAJO"},
    {0xb201, "hello world", "/QHSAEAMT"},
    {0xb214, "", "/STSAEFBTIVJEVP3LXYMASRESES2ZOLCBPEFWZ4Q"},
    {0xb214, "hello world", "/STSAEFDQ5DWOLYUT4G62AZG655VQQDW54NLQCDY"},
    {0xb220, "", "/UDSAEIAOK5I4AJXFIOZORKZOWBQJTWVB2HS56R3XR53YP6VLIXG7CL7DVA"},
    {0xb220, "hello world", "/UDSAEIBFNSB3FFYRJUQBWMAXT47Q54GKZ2LYGYRNUWLUGJVUGYLYV3XWCA"},
    {0xb230, "",
     "/WDSAEMFTFAIUEM3X6UWXQYRIN3Q2OLXFIBJEHAH5UFZEU3ZF26LYY36TERF"
     "GZLYETCASM46F4BPPLA4CKEAA"},
    {0xb230, "hello world",
     "/WDSAEMEMMU7YZHE2UILX7NXYZ5N3SFECR6VAGLL3JBWICUDGHU7WKJFQQZ4"
     "E7DTCNEYXDLCR7SALPUWLWEVQ"},
    {0xb23f, "",
     "/X7SAEP2N5WGF7SFRF4ZHH6DXZJMFURFNMUBSJGRLGROW3HAOM7MFXS3QBW2"
     "BPDADAPUTXD2K25MLRYWJ7WFT2DBI4WC7DEUDGS5XPU3HQLUA"},
    {0xb23f, "hello world",
     "/X7SAEPZDL6NIUXVBPQ6NVXYTGA45OC6PQMYHNRWHCFV5CU6PDUCAO22GXR4"
     "ZWO55IXMUXL7RQ7MUPM6PAIFGOFX4CWDLFRASEVR3O2MMMK4A"},
    {0xb240, "",
     "/YDSAEQDYNIBPOQQBLEB4NRX5QUSVFUTSSEXUOQHBLBDWDCUG4IL7OH2UDHJ"
     "F4EBRV7XFQUYTRFSEJE2OWBFZAOTILMKERN2V2VXXAGX6TPRM4"},
    {0xb240, "hello world",
     "/YDSAEQACDTWYPGJJNTWKKV4DFK4UDJILJII7QNDYZ4KB6UPZGP3FHK47XTA"
     "FUA343W7NA3RQTPZTJFBMJZMM34NENYRXSEOM276PS6D4XR75A"},
};

TEST(DigestOf, IsWhatOtherToolsSay) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  for (const auto& [function, value, key] : kVectors) {
    const auto multihash = ParseMultihashKey(key);
    ASSERT_TRUE(multihash) << key << ": " << multihash.error().ToString();
    EXPECT_EQ(multihash->function, function);
    EXPECT_EQ(multihash->cid, "");
    const auto digest = DigestOf(function, multihash->digest.size(), value);
    ASSERT_TRUE(digest) << digest.error().ToString();
    EXPECT_EQ(*digest, multihash->digest) << FunctionName(function);
    EXPECT_EQ(ToKey(*multihash), key);
  }
}

TEST(DigestOf, MayBeCutToTwentyBytes) {
  if (!base::HasDigests()) GTEST_SKIP() << "a build without hash functions";
  const std::string whole = DigestOf(0x12, 32, "hello world").value();
  EXPECT_EQ(DigestOf(0x12, 20, "hello world").value(), whole.substr(0, 20));
  EXPECT_EQ(DigestOf(0x12, 19, "hello world").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(DigestOf(0x12, 0, "hello world").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(DigestOf(0x12, 33, "hello world").error().code(), Code::kInvalidArgument);
  EXPECT_EQ(DigestOf(0xb208, 8, "hello world")->size(), 8U);
  EXPECT_EQ(DigestOf(0xb208, 7, "hello world").error().code(), Code::kInvalidArgument);
}

TEST(DigestOf, OfTheIdentityIsTheValue) {
  EXPECT_EQ(DigestOf(0, 3, "hello").value(), "hello");
  const auto multihash = ParseMultihashKey("/AACWQZLMNRXQ");
  ASSERT_TRUE(multihash);
  EXPECT_EQ(multihash->digest, "hello");
}

TEST(DigestOf, RefusesFunctionsThatAreNotKnown) {
  for (const std::uint64_t function : {0x01U, 0x1bU, 0x1eU, 0xb200U, 0xb241U, 0xffffU}) {
    const auto digest = DigestOf(function, 32, "value");
    ASSERT_FALSE(digest);
    EXPECT_EQ(digest.error().code(), Code::kUnsupported);
  }
  EXPECT_EQ(DigestOf(0x1e, 32, "").error().message(), "the hash function 0x1e is not known");
}

TEST(ParseMultihashKey, TakesTheCidsOfOldRepositories) {
  // Of the raw codec and of DAG-PB.
  const auto raw = ParseMultihashKey("/AFKREIFZJUT3TE2NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E");
  ASSERT_TRUE(raw);
  EXPECT_EQ(raw->cid, "\x01\x55");
  EXPECT_EQ(raw->function, 0x12U);
  EXPECT_EQ(raw->digest.size(), 32U);
  EXPECT_EQ(ToKey(*raw), "/AFKREIFZJUT3TE2NHYEKKLSS27NH3K72YSCO7Y32KOAO5EEI66WOF36N5E");
  EXPECT_EQ(ParseMultihashKey("/AE").error().code(), Code::kInvalidArgument) << "no codec";
  EXPECT_EQ(ParseMultihashKey("/AFKQ").error().code(), Code::kInvalidArgument) << "no multihash";
}

TEST(ParseMultihashKey, IsStrict) {
  // The identity of "hello", in all ways that are wrong.
  for (const char* const key :
       {"", "/", "AACWQZLMNRXQ", "/aacwqzlmnrxq", "/AACWQZLMNRXQ====", "/AACWQZLMNRXR",
        "/AACWQZLMNRX", "/AACWQZLMNRXQA", "/AADWQZLMNRXQ", "/AAAWQZLMNRXQ", "/AACWQZLMNR1Q",
        "/QAAAK2DFNRWG6", "/ACCQA2DFNRWG6", "/77777777777777777777", "/A", "//AACWQZLMNRXQ"}) {
    const auto parsed = ParseMultihashKey(key);
    ASSERT_FALSE(parsed) << key;
    EXPECT_EQ(parsed.error().code(), Code::kInvalidArgument) << key;
  }
  EXPECT_EQ(ParseMultihashKey("/AADWQZLMNRXQ").error().message(),
            "the key is no multihash in base32, in upper case: it has 5 bytes of a digest, not 7");
}

TEST(ParseMultihashKey, IsReversedByToKey) {
  SeededRandom random(1);
  for (int i = 0; i < 20000; ++i) {
    Multihash multihash{.function = random.Below(1U << random.Below(20))};
    if (multihash.function == 1) continue;
    if (random.Below(2) == 0) multihash.cid = std::string("\x01\x55");
    for (std::uint64_t size = random.Below(70); multihash.digest.size() < size;) {
      multihash.digest += static_cast<char>(random.Below(256));
    }
    const auto parsed = ParseMultihashKey(ToKey(multihash));
    ASSERT_TRUE(parsed) << ToKey(multihash);
    ASSERT_EQ(*parsed, multihash);
  }
}

/// Whatever is taken is what ToKey writes: no two keys say the same.
TEST(ParseMultihashKey, TakesOneFormOnly) {
  constexpr std::string_view kDigits = "AAAABCIQXYZ27";
  SeededRandom random(2);
  int taken = 0;
  for (int i = 0; i < 200000; ++i) {
    std::string key = "/";
    for (std::uint64_t size = 1 + random.Below(9); key.size() < size;) {
      key += kDigits[random.Below(kDigits.size())];
    }
    const auto parsed = ParseMultihashKey(key);
    if (!parsed) continue;
    ++taken;
    ASSERT_EQ(ToKey(*parsed), key);
  }
  EXPECT_GT(taken, 1000);
}

TEST(FunctionName, IsThatOfTheTable) {
  EXPECT_EQ(FunctionName(0x12), "sha2-256");
  EXPECT_EQ(FunctionName(0xb220), "blake2b-256");
  EXPECT_EQ(FunctionName(0xb260), "blake2s-256");
  EXPECT_EQ(FunctionName(0), "identity");
  EXPECT_EQ(FunctionName(0x1e), "0x1e");
}

}  // namespace
}  // namespace anystore::flatfs
