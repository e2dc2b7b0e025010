"""The messages of SAPIENT as a table: names, numbers, types and what each must carry.

Source of numbers, types and duties: BSI Flex 335 v2.0 (SAPIENT interface control document), its
message tables. The notation is ours: a message a line, ``number name type``, fields parted by
``;``. Type ``text`` may be left out. After the name ``!`` must be there and not empty,
``*`` may repeat, ``+`` must be there at least once. ``name?(...)`` is a choice of at most one,
``name!(...)`` of exactly one. Types ``ulid``, ``uuid`` are text of that form, ``ratio`` is a float
from 0 to 1, ``percent`` an int32 from 0 to 100, ``time`` a Timestamp that lies in our era.
"""

PACKAGE = "skypact.sapient"
"""Names do not travel on the wire; ours keep clear of other definitions in one process."""

EDITION = "BSI Flex 335 v2.0"
"""What ``Registration.icd_version`` must say."""

MESSAGES = """
SapientMessage: 1 timestamp! time; 2 node_id! uuid; 3 destination_id uuid; content!(4 registration Registration; 5 registration_ack RegistrationAck; 6 status_report StatusReport; 7 detection_report DetectionReport; 8 task Task; 9 task_ack TaskAck; 10 alert Alert; 11 alert_ack AlertAck; 12 error Error); 13 additional_information
Registration: 1 node_definition+ NodeDefinition; 2 icd_version! edition; 3 name; 4 short_name; 5 capabilities+ Capability; 6 status_definition! StatusDefinition; 7 mode_definition+ ModeDefinition; 8 dependent_nodes* uuid; 9 reporting_region* LocationOrRangeBearing; 10 config_data+ ConfigurationData
NodeDefinition: 1 node_type! NodeType; 2 node_sub_type*
Capability: 1 category!; 2 type!; 3 value; 4 units
StatusDefinition: 1 status_interval! Duration; 2 location_definition LocationType; 3 coverage_definition LocationType; 4 obscuration_definition LocationType; 5 status_report* StatusReportDefinition; 6 field_of_view_definition LocationType
Duration: 1 units! TimeUnits; 3 value! float
StatusReportDefinition: 1 category! StatusReportCategory; 2 type!; 3 units; 4 on_change bool
LocationType: coordinates!(1 location_units LocationCoordinateSystem; 2 range_bearing_units RangeBearingCoordinateSystem); datum!(3 location_datum LocationDatum; 4 range_bearing_datum RangeBearingDatum); 5 zone
ModeDefinition: 1 mode_name!; 2 mode_type! ModeType; 3 mode_description; 4 settle_time! Duration; 5 maximum_latency Duration; 6 scan_type ScanType; 7 tracking_type TrackingType; 8 duration Duration; 9 mode_parameter* ModeParameter; 10 detection_definition* DetectionDefinition; 11 task! TaskDefinition
ModeParameter: 1 type!; 2 value!
DetectionDefinition: 1 location_type! LocationType; 2 detection_performance* PerformanceValue; 3 detection_report* DetectionReportDefinition; 4 detection_class_definition* DetectionClassDefinition; 5 behaviour_definition* BehaviourDefinition; 6 velocity_type VelocityType; 7 geometric_error GeometricError
PerformanceValue: 1 type!; 2 units!; 3 unit_value!; 4 variation_type
DetectionReportDefinition: 1 category! DetectionReportCategory; 2 type!; 3 units!; 4 on_change bool
DetectionClassDefinition: 1 confidence_definition ConfidenceDefinition; 2 class_performance* PerformanceValue; 3 class_definition* ClassDefinition; 4 taxonomy_dock_definition* TaxonomyDockDefinition
ClassDefinition: 1 type!; 2 units; 3 sub_class* SubClassDefinition
SubClassDefinition: 1 type!; 2 units; 3 level! int32; 4 sub_class* SubClassDefinition
TaxonomyDockDefinition: 1 Dock_class_namespace!; 2 Dock_class!; 3 Extension_subclass* ExtensionSubclass
ExtensionSubclass: 1 Subclass_namespace!; 2 Subclass_name!; 3 units
BehaviourDefinition: 1 type!; 2 units
VelocityType: velocity_units!(4 enu_velocity_units ENUVelocityUnits); datum!(6 location_datum LocationDatum; 7 range_bearing_datum RangeBearingDatum); 8 zone
ENUVelocityUnits: 1 east_north_rate_units! SpeedUnits; 2 up_rate_units SpeedUnits
GeometricError: 1 type!; 2 units!; 3 variation_type!; 4 performance_value* PerformanceValue
TaskDefinition: 1 concurrent_tasks! int32; 2 region_definition! RegionDefinition; 3 command* CommandDefinition
RegionDefinition: 1 region_type+ RegionType; 2 settle_time Duration; 3 region_area+ LocationType; 4 class_filter_definition* ClassFilterDefinition; 5 behaviour_filter_definition* BehaviourFilterDefinition
ClassFilterDefinition: 1 filter_parameter* FilterParameter; 2 sub_class_definition* SubClassFilterDefinition; 3 type!
SubClassFilterDefinition: 1 filter_parameter* FilterParameter; 2 level! int32; 3 type!; 4 sub_class_definition* SubClassFilterDefinition
BehaviourFilterDefinition: 1 filter_parameter* FilterParameter; 2 type!
FilterParameter: 1 parameter!; 2 operators+ Operator
CommandDefinition: 2 units!; 3 completion_time! Duration; 4 type! CommandType
ConfigurationData: 1 manufacturer!; 2 model!; 3 serial_number; 4 hardware_version; 5 software_version; 6 sub_components* ConfigurationData
RegistrationAck: 1 acceptance! bool; 3 ack_response_reason*
StatusReport: 1 report_id! ulid; 2 system! System; 3 info! Info; 4 active_task_id ulid; 5 mode!; 6 power Power; 7 node_location Location; 8 field_of_view LocationOrRangeBearing; 10 obscuration* LocationOrRangeBearing; 11 status* Status; 12 coverage* LocationOrRangeBearing
Power: 3 level percent; 4 source PowerSource; 5 status PowerStatus
Status: 1 status_level StatusLevel; 3 status_value; 4 status_type! StatusType
Location: 1 x! double; 2 y! double; 3 z double; 4 x_error double; 5 y_error double; 6 z_error double; 7 coordinate_system! LocationCoordinateSystem; 8 datum! LocationDatum; 9 utm_zone
LocationList: 1 locations+ Location
RangeBearing: 1 elevation double; 2 azimuth double; 3 range double; 4 elevation_error double; 5 azimuth_error double; 6 range_error double; 7 coordinate_system! RangeBearingCoordinateSystem; 8 datum! RangeBearingDatum
RangeBearingCone: 1 elevation double; 2 azimuth double; 3 range double; 4 horizontal_extent double; 5 vertical_extent double; 6 horizontal_extent_error double; 7 vertical_extent_error double; 8 elevation_error double; 9 azimuth_error double; 10 range_error double; 11 coordinate_system! RangeBearingCoordinateSystem; 12 datum! RangeBearingDatum
LocationOrRangeBearing: fov!(1 range_bearing RangeBearingCone; 2 location_list LocationList)
DetectionReport: 1 report_id! ulid; 2 object_id! ulid; 3 task_id ulid; 4 state; location!(5 range_bearing RangeBearing; 6 location Location); 7 detection_confidence ratio; 8 track_info* TrackObjectInfo; 9 prediction_location PredictedLocation; 10 object_info* TrackObjectInfo; 11 classification* Classification; 12 behaviour* Behaviour; 13 associated_file* AssociatedFile; 14 signal* Signal; 15 associated_detection* AssociatedDetection; 16 derived_detection* DerivedDetection; velocity?(19 enu_velocity ENUVelocity); 22 colour; 23 id
TrackObjectInfo: 1 type!; 2 value!; 3 error float
PredictedLocation: place!(1 range_bearing RangeBearing; 2 location Location); 3 predicted_timestamp time
Classification: 1 type!; 2 confidence ratio; 3 sub_class* SubClass
SubClass: 1 type!; 2 confidence ratio; 3 level! int32; 4 sub_class* SubClass
Behaviour: 1 type!; 2 confidence ratio
Signal: 1 amplitude! float; 2 start_frequency float; 3 centre_frequency! float; 4 stop_frequency float; 5 pulse_duration float
AssociatedFile: 1 type!; 2 url!
AssociatedDetection: 1 timestamp time; 2 node_id! uuid; 3 object_id! ulid; 4 association_type AssociationRelation
DerivedDetection: 1 timestamp! time; 2 node_id! uuid; 3 object_id! ulid
ENUVelocity: 1 east_rate! double; 2 north_rate! double; 3 up_rate double; 4 east_rate_error double; 5 north_rate_error double; 6 up_rate_error double
Task: 1 task_id! ulid; 2 task_name; 3 task_description; 4 task_start_time time; 5 task_end_time time; 6 control! Control; 7 region* Region; 8 command Command
Region: 1 type! RegionType; 2 region_id! ulid; 3 region_name!; 4 region_area! LocationOrRangeBearing; 5 class_filter* ClassFilter; 6 behaviour_filter* BehaviourFilter
ClassFilter: 1 parameter! Parameter; 2 type!; 3 sub_class_filter* SubClassFilter; 4 priority DiscreteThreshold
SubClassFilter: 1 parameter! Parameter; 2 type!; 3 sub_class_filter* SubClassFilter; 4 priority DiscreteThreshold
BehaviourFilter: 1 parameter! Parameter; 2 type; 3 priority DiscreteThreshold
Parameter: 1 name!; 2 operator! Operator; 3 value! float
Command: command!(1 request; 2 detection_threshold DiscreteThreshold; 3 detection_report_rate DiscreteThreshold; 4 classification_threshold DiscreteThreshold; 5 mode_change; 6 look_at LocationOrRangeBearing; 9 move_to LocationList; 10 patrol LocationList; 11 follow FollowObject); 8 command_parameter
FollowObject: 1 follow_object_id! ulid
TaskAck: 1 task_id! ulid; 2 task_status! TaskStatus; 4 associated_file AssociatedFile; 5 reason*
Alert: 1 alert_id! ulid; 2 alert_type AlertType; 3 status AlertStatus; 4 description; location?(5 range_bearing RangeBearing; 6 location Location); 7 region_id ulid; 8 priority DiscretePriority; 9 ranking ratio; 10 confidence ratio; 11 associated_file* AssociatedFile; 12 associated_detection* AssociatedDetection; 13 additional_information
AlertAck: 1 alert_id! ulid; 4 reason*; 5 alert_ack_status! AlertAckStatus
Error: 1 packet! bytes; 3 error_message+
"""  # noqa: E501
"""One message a line."""

ENUMERATIONS = """
NodeType NODE_TYPE: OTHER RADAR LIDAR CAMERA SEISMIC ACOUSTIC PROXIMITY_SENSOR PASSIVE_RF HUMAN CHEMICAL BIOLOGICAL RADIATION KINETIC JAMMER CYBER LDEW RFDEW MOBILE_NODE POINTABLE_NODE FUSION_NODE
TimeUnits TIME_UNITS: NANOSECONDS MICROSECONDS MILLISECONDS SECONDS MINUTES HOURS DAYS
StatusReportCategory STATUS_REPORT_CATEGORY: SENSOR POWER MODE STATUS
ModeType MODE_TYPE: PERMANENT TEMPORARY DEFAULT
ScanType SCAN_TYPE: FIXED SCANNING STEERABLE
TrackingType TRACKING_TYPE: NONE TRACKLET TRACK TRACK_WITH_RE_ID
DetectionReportCategory DETECTION_REPORT_CATEGORY: DETECTION TRACK OBJECT SIGNAL
ConfidenceDefinition CONFIDENCE_DEFINITION: SINGLE_CLASS MULTI_CLASS
CommandType COMMAND_TYPE: REQUEST DETECTION_THRESHOLD DETECTION_REPORT_RATE CLASSIFICATION_THRESHOLD MODE_CHANGE LOOK_AT MOVE_TO PATROL FOLLOW
RegionType REGION_TYPE: AREA_OF_INTEREST IGNORE BOUNDARY MOBILE_NODE_NO_GO_AREA MOBILE_NODE_GO_AREA
Operator OPERATOR: ALL GREATER_THAN LESS_THAN EQUAL
SpeedUnits SPEED_UNITS: MS KPH
LocationCoordinateSystem LOCATION_COORDINATE_SYSTEM: LAT_LNG_DEG_M LAT_LNG_RAD_M UTM_M=5
LocationDatum LOCATION_DATUM: WGS84_E WGS84_G
RangeBearingCoordinateSystem RANGE_BEARING_COORDINATE_SYSTEM: DEGREES_M RADIANS_M DEGREES_KM RADIANS_KM
RangeBearingDatum RANGE_BEARING_DATUM: TRUE MAGNETIC GRID PLATFORM
System SYSTEM: OK WARNING ERROR GOODBYE=5
Info INFO: NEW UNCHANGED
PowerSource POWERSOURCE: OTHER MAINS INTERNAL_BATTERY EXTERNAL_BATTERY GENERATOR SOLAR_PV WIND_TURBINE FUEL_CELL
PowerStatus POWERSTATUS: OK FAULT
StatusLevel STATUS_LEVEL: INFORMATION_STATUS=2 WARNING_STATUS ERROR_STATUS
StatusType STATUS_TYPE: INTERNAL_FAULT EXTERNAL_FAULT ILLUMINATION WEATHER CLUTTER EXPOSURE MOTION_SENSITIVITY PTZ_STATUS PD FAR NOT_DETECTING PLATFORM OTHER
AssociationRelation ASSOCIATION_RELATION: NO_RELATION PARENT CHILD SIBLING
Control CONTROL: START STOP PAUSE
DiscreteThreshold DISCRETE_THRESHOLD: LOW MEDIUM HIGH
TaskStatus TASK_STATUS: ACCEPTED REJECTED COMPLETED FAILED
AlertType ALERT_TYPE: INFORMATION WARNING CRITICAL ERROR FATAL MODE_CHANGE
AlertStatus ALERT_STATUS: ACTIVE ACKNOWLEDGE REJECT IGNORE CLEAR
DiscretePriority DISCRETE_PRIORITY: LOW MEDIUM HIGH
AlertAckStatus ALERT_ACK_STATUS: ACCEPTED REJECTED CANCELLED
"""  # noqa: E501
"""Name, prefix of the values on the wire's JSON form, values from 1 upwards; 0 is UNSPECIFIED."""
