// SPDX-License-Identifier: Apache-2.0
#include "consumers/cli/verb.h"

int main(int argc, char** argv) { return z5::cli::run(argc, argv); }
