#include "discovery/pod_targets.h"
