// SPDX-License-Identifier: Apache-2.0
#include "replay/verb.h"

int main(int argc, char** argv) { return z5::replay::run(argc, argv); }
