/*
 * Two MPI ranks on one machine: the peer of bt-shm's channels.
 *
 *   mpi rate BYTES COUNT WINDOW    rank 0 -> rank 1, WINDOW non-blocking messages at a time, then
 *                                  one empty answer; a line of messages per second a repetition
 *   mpi pingpong BYTES COUNT       rank 0 <-> rank 1; a line of ns per round trip a repetition
 *
 * The first line of the output names the library. Every message carries its sequence number, and the
 * receiver checks the sum of all of them and the whole content of the last message.
 */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { REPETITIONS = 9, MAX_WINDOW = 4096, TAG_DATA = 1, TAG_ANSWER = 2, TIME_LIMIT_SECONDS = 45 };

static int rank;

static void fail(const char *what) {
  fprintf(stderr, "mpi.c: rank=%d: %s\n", rank, what);
  MPI_Abort(MPI_COMM_WORLD, 1);
  exit(1);
}

static long number(const char *text, long low, long high, const char *what) {
  char *end;
  long value = strtol(text, &end, 10);
  if (*end != '\0' || value < low || value > high) fail(what);
  return value;
}

static unsigned char pattern(size_t offset) { return (unsigned char)(offset * 31 + 7); }

static unsigned char *new_messages(size_t bytes, size_t count) {
  unsigned char *messages = malloc(bytes * count);
  if (messages == NULL) fail("out of memory");
  for (size_t i = 0; i < bytes * count; i++) messages[i] = pattern(i % bytes);
  return messages;
}

static void stamp(unsigned char *message, unsigned sequence) {
  memcpy(message, &sequence, sizeof sequence);
}

static unsigned stamp_of(const unsigned char *message) {
  unsigned sequence;
  memcpy(&sequence, message, sizeof sequence);
  return sequence;
}

static void verify_last(const unsigned char *message, size_t bytes, unsigned sequence) {
  if (stamp_of(message) != sequence) fail("the last message has the wrong sequence number");
  for (size_t i = sizeof sequence; i < bytes; i++) {
    if (message[i] != pattern(i)) fail("the last message has the wrong content");
  }
}

/* One repetition of the one-way rate, in seconds as rank 0 sees them. */
static double one_way(unsigned char *messages, int bytes, unsigned count, int window) {
  static MPI_Request requests[MAX_WINDOW];
  unsigned long long sum = 0;
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  for (unsigned first = 0; first < count; first += (unsigned)window) {
    for (int i = 0; i < window; i++) {
      unsigned char *message = messages + (size_t)i * (size_t)bytes;
      if (rank == 0) {
        stamp(message, first + (unsigned)i);
        MPI_Isend(message, bytes, MPI_BYTE, 1, TAG_DATA, MPI_COMM_WORLD, &requests[i]);
      } else {
        MPI_Irecv(message, bytes, MPI_BYTE, 0, TAG_DATA, MPI_COMM_WORLD, &requests[i]);
      }
    }
    MPI_Waitall(window, requests, MPI_STATUSES_IGNORE);
    if (rank == 0) {
      MPI_Recv(NULL, 0, MPI_BYTE, 1, TAG_ANSWER, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    } else {
      for (int i = 0; i < window; i++) sum += stamp_of(messages + (size_t)i * (size_t)bytes);
      MPI_Send(NULL, 0, MPI_BYTE, 0, TAG_ANSWER, MPI_COMM_WORLD);
    }
  }
  double seconds = MPI_Wtime() - start;
  if (rank == 1) {
    if (sum != (unsigned long long)count * (count - 1) / 2) fail("the sum of the messages is wrong");
    verify_last(messages + (size_t)(window - 1) * (size_t)bytes, (size_t)bytes, count - 1);
  }
  return seconds;
}

/* One repetition of the round trip: rank 1 sends each message back as it came. */
static double round_trips(unsigned char *message, int bytes, unsigned count) {
  MPI_Barrier(MPI_COMM_WORLD);
  double start = MPI_Wtime();
  for (unsigned i = 0; i < count; i++) {
    if (rank == 0) {
      stamp(message, i);
      MPI_Send(message, bytes, MPI_BYTE, 1, TAG_DATA, MPI_COMM_WORLD);
      stamp(message, ~i);
      MPI_Recv(message, bytes, MPI_BYTE, 1, TAG_ANSWER, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      if (stamp_of(message) != i) fail("a message came back with the wrong sequence number");
    } else {
      MPI_Recv(message, bytes, MPI_BYTE, 0, TAG_DATA, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
      MPI_Send(message, bytes, MPI_BYTE, 0, TAG_ANSWER, MPI_COMM_WORLD);
    }
  }
  double seconds = MPI_Wtime() - start;
  verify_last(message, (size_t)bytes, count - 1);
  return seconds;
}

int main(int argc, char **argv) {
  /* A rank spins while it waits: one whose launcher was killed must not do so for ever. */
  alarm(TIME_LIMIT_SECONDS);
  MPI_Init(&argc, &argv);
  int ranks;
  MPI_Comm_size(MPI_COMM_WORLD, &ranks);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);

  int rate = argc == 5 && strcmp(argv[1], "rate") == 0;
  int pingpong = argc == 4 && strcmp(argv[1], "pingpong") == 0;
  if (ranks != 2) fail("expected 2 ranks");
  if (!rate && !pingpong) fail("expected: rate BYTES COUNT WINDOW, or pingpong BYTES COUNT");
  int bytes = (int)number(argv[2], (long)sizeof(unsigned), 1 << 24, "BYTES out of range");
  unsigned count = (unsigned)number(argv[3], 1, 1L << 30, "COUNT out of range");
  int window = rate ? (int)number(argv[4], 1, MAX_WINDOW, "WINDOW out of range") : 1;
  if (count % (unsigned)window != 0) fail("COUNT is not a multiple of WINDOW");

  if (rank == 0) {
    char version[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    MPI_Get_library_version(version, &length);
    printf("%.*s\n", (int)strcspn(version, "\n"), version);
  }
  unsigned char *messages = new_messages((size_t)bytes, (size_t)window);
  for (int repetition = -1; repetition < REPETITIONS; repetition++) {
    double seconds =
        rate ? one_way(messages, bytes, count, window) : round_trips(messages, bytes, count);
    int warming_up = repetition < 0;
    if (rank == 0 && !warming_up) printf("%.1f\n", rate ? count / seconds : seconds * 1e9 / count);
  }
  free(messages);
  MPI_Finalize();
  return 0;
}
