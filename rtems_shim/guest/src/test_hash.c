/* The hash that ends a report of RTEMS's test framework: SHA-256 of every character before it [FIPS 180-4], in the
   letters of base64url [RFC 4648, 5]. */

#include <string.h>

#include <rtems/test.h>

#define BLOCK_SIZE 64
#define HASH_WORDS 8
#define HASH_SIZE (4 * HASH_WORDS)

static struct {
  uint32_t state[HASH_WORDS];
  uint64_t size;
  unsigned char block[BLOCK_SIZE];
  T_putchar putchar;
  void *putchar_arg;
} report;

/* The first 32 bits of the fractional parts of the cube roots of the first 64 primes. [FIPS 180-4, 4.2.2] */
static const uint32_t constants[BLOCK_SIZE] = {
  0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
  0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
  0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
  0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
  0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
  0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
  0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
  0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t rotated(uint32_t word, unsigned count)
{
  return word >> count | word << (32 - count);
}

static void mix_block(void)
{
  uint32_t words[BLOCK_SIZE], s[HASH_WORDS];
  unsigned index;

  for (index = 0; index < 16; ++index) {
    const unsigned char *bytes = &report.block[4 * index];

    words[index] = (uint32_t) bytes[0] << 24 | (uint32_t) bytes[1] << 16 | (uint32_t) bytes[2] << 8 | bytes[3];
  }
  for (; index < BLOCK_SIZE; ++index) {
    uint32_t a = words[index - 15], b = words[index - 2];

    words[index] = words[index - 16] + (rotated(a, 7) ^ rotated(a, 18) ^ a >> 3) + words[index - 7] +
      (rotated(b, 17) ^ rotated(b, 19) ^ b >> 10);
  }
  memcpy(s, report.state, sizeof(s));
  for (index = 0; index < BLOCK_SIZE; ++index) {
    uint32_t choice = (s[4] & s[5]) ^ (~s[4] & s[6]);
    uint32_t majority = (s[0] & s[1]) ^ (s[0] & s[2]) ^ (s[1] & s[2]);
    uint32_t first = s[7] + (rotated(s[4], 6) ^ rotated(s[4], 11) ^ rotated(s[4], 25)) + choice + constants[index] +
      words[index];
    uint32_t second = (rotated(s[0], 2) ^ rotated(s[0], 13) ^ rotated(s[0], 22)) + majority;

    memmove(&s[1], &s[0], 7 * sizeof(s[0]));
    s[4] += first;
    s[0] = first + second;
  }
  for (index = 0; index < HASH_WORDS; ++index) {
    report.state[index] += s[index];
  }
}

void T_report_hash_sha256_update(char character)
{
  report.block[report.size++ % BLOCK_SIZE] = (unsigned char) character;
  if (report.size % BLOCK_SIZE == 0) {
    mix_block();
  }
}

static void begin(void)
{
  static const uint32_t first[HASH_WORDS] = {
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
  };

  memcpy(report.state, first, sizeof(first));
  report.size = 0;
}

static void end(unsigned char hash[HASH_SIZE])
{
  uint64_t bits = report.size * 8;
  unsigned index;

  T_report_hash_sha256_update((char) 0x80);
  while (report.size % BLOCK_SIZE != BLOCK_SIZE - sizeof(bits)) {
    T_report_hash_sha256_update(0);
  }
  for (index = 0; index < sizeof(bits); ++index) {
    T_report_hash_sha256_update((char) (bits >> (56 - 8 * index)));
  }
  for (index = 0; index < HASH_SIZE; ++index) {
    hash[index] = (unsigned char) (report.state[index / 4] >> (24 - 8 * (index % 4)));
  }
}

static void hashed_putchar(int character, void *argument)
{
  (void) argument;
  T_report_hash_sha256_update((char) character);
  report.putchar(character, report.putchar_arg);
}

static void put_base64url(const unsigned char *bytes, size_t size)
{
  static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  size_t index;

  for (index = 0; index < size; index += 3) {
    size_t left = size - index, letter;
    uint32_t group = (uint32_t) bytes[index] << 16 | (left > 1 ? (uint32_t) bytes[index + 1] << 8 : 0) |
      (left > 2 ? bytes[index + 2] : 0);

    for (letter = 0; letter < 4; ++letter) {
      T_printf("%c", letter <= left ? letters[group >> (18 - 6 * letter) & 63] : '=');
    }
  }
}

void T_report_hash_sha256(T_event event, const char *name)
{
  unsigned char hash[HASH_SIZE];

  (void) name;
  if (event == T_EVENT_RUN_INITIALIZE_EARLY) {
    begin();
    T_set_putchar(hashed_putchar, NULL, &report.putchar, &report.putchar_arg);
  } else if (event == T_EVENT_RUN_FINALIZE_LATE) {
    end(hash);
    T_set_putchar(report.putchar, report.putchar_arg, &(T_putchar) { NULL }, &(void *) { NULL });
    T_printf("Y:ReportHash:SHA256:");
    put_base64url(hash, sizeof(hash));
    T_printf("\n");
  }
}
