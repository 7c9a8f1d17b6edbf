# SPDX-License-Identifier: Apache-2.0
# Says that there is nothing else to refuse; Z5 asks each package for both rules.
package registry.accept
deny = set()
