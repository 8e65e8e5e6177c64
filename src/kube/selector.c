#include "kube/selector.h"
